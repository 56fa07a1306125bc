"""Keeps what was said out of the log: sherpa-onnx writes to stderr what it cannot make use of."""

import faulthandler
import os


def hush() -> None:
    """From here on, nothing that a library writes is seen; what Python tells of a crash still is.

    Called when the model is loaded: what is written before names files, and is of use.
    """
    kept = os.fdopen(os.dup(2), "w")
    faulthandler.enable(kept)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)
