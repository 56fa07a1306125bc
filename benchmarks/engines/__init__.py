"""What engines cost and how soon they answer: `make bench-engines`; each module runs alone as well.

The models that engines need are those that the tests make, their speech is the recordings that the
tests use or, without them, sentences that espeak-ng says.
"""

import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does, before numpy is imported

sys.path.append(str(Path(__file__).parents[2] / "tests"))
