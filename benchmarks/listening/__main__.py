"""All tables, one after another: `make bench-listening`."""

import subprocess
import sys

MODULES = ("edges", "false_starts", "turns", "noise_reduction", "interruption", "answering", "echo")

for module in MODULES:
    sys.stdout.write(f"\n== {module}\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", f"benchmarks.listening.{module}"], check=True)
