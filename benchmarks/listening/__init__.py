"""How well a session listens: `make bench-listening`; each module here runs alone as well.

The rooms are those of `tests/microphone.py`, their speech the recordings that the tests use or,
without them, sentences that espeak-ng says.  What is in media time is the same on every machine.
"""

import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does, before numpy is imported

sys.path.append(str(Path(__file__).parents[2] / "tests"))
