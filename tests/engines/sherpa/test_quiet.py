"""After `hush` a library may write what it likes; a crash is still told."""

import subprocess
import sys

WRITING = """
import os
from repartee.engines.sherpa.quiet import hush

for stream in (1, 2):
    os.write(stream, b"before ")
hush()
for stream in (1, 2):
    os.write(stream, b"what was said")
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_what_is_written_is_seen_until_then() -> None:
    ran = run(WRITING)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("before ", "before ", 0)


def test_a_crash_is_told_all_the_same() -> None:
    ran = run(WRITING + "os.abort()")
    assert "Fatal Python error: Aborted" in ran.stderr
    assert "what was said" not in ran.stdout + ran.stderr
    assert ran.returncode < 0
