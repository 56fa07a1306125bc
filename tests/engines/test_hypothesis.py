"""What recognisers understand, on its way out of worker processes."""

import subprocess
import sys

from msgspec import msgpack

from repartee.engines import protocols
from repartee.engines.hypothesis import Word, Words


def test_it_survives_the_pipe() -> None:
    heard = Words("so be it", 2, words=(Word("so", -0.25, 300, 480),), complete=True)
    assert msgpack.decode(msgpack.encode(heard), type=Words) == heard


def test_engines_and_their_processes_mean_the_same() -> None:
    assert (protocols.Word, protocols.Words) == (Word, Words)


def test_it_comes_without_numpy() -> None:
    """Each worker process would pay for it."""
    code = "import sys, repartee.engines.hypothesis; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
