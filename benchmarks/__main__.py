"""All figures, one after another: `make bench`.  Each module here runs alone as well."""

import subprocess
import sys

MODULES = (
    *("vad", "engines", "engines.recognition", "engines.voices", "engines.workers"),
    *("usage", "recording", "tracing", "turns", "density", "capacity", "interruptions", "scaling"),
    *("starting", "memory", "overload", "steady"),
)

for module in MODULES:
    sys.stdout.write(f"\n== {module}\n")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=True)
