"""``python -m backline.sandbox``: the sandbox alone. With ``--while-stdin-is-open`` it ends with its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading

from backline.sandbox import serve
from backline.settings import environment


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if "--while-stdin-is-open" in sys.argv[1:]:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    serve.run(environment.current())
