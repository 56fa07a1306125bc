"""How long property tests search: `default` guards a commit, `long` is for `make fuzz`."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does, before numpy is imported

from hypothesis import HealthCheck, settings

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
