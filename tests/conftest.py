"""What holds for all tests.

How long property tests search: `default` guards a commit, `long` is for `make fuzz`.
"""

import os
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does, before numpy is imported

# Servers keep keys and records there: not among those of whoever runs the tests.
_STATE = tempfile.TemporaryDirectory(prefix="repartee-tests-")
os.environ["XDG_STATE_HOME"] = _STATE.name

from hypothesis import HealthCheck, settings  # noqa: E402 - what they load looks around first

settings.register_profile(
    "default",
    max_examples=400,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("default"), max_examples=20_000)
settings.load_profile(os.environ.get("REPARTEE_FUZZ", "default"))
