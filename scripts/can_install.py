"""Tell in one line what keeps this Python from installing repartee; say nothing if all is well."""

import importlib.util
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"repartee needs Python 3.11, 3.12 or 3.13, and this is {found}: make PYTHON=python3.12"
    )
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("Python's venv module is not installed: apt install python3-venv")
