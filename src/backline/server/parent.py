"""A child ends with the process that started it, also when that one was killed without a word."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "BACKLINE_PARENT"
"""The environment variable in which whoever starts a program names itself: the process with which that one ends."""

_PR_SET_PDEATHSIG = 1


def end_with_starter() -> None:
    """End with the process that ``BACKLINE_PARENT`` names; a program that a person started has none."""
    above = os.environ.get(PARENT, "")
    if above.isdigit():
        end_with(int(above))


def end_with(parent: int) -> None:
    """Send this process SIGTERM when its parent, the process ``parent``, is gone.

    On Linux the kernel does it; elsewhere a thread looks every second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before we looked
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
