"""One wake-up of the event loop for many requests.

Granian hands every request to asyncio with ``call_soon_threadsafe``, and asyncio then writes a byte to a socket of its
own, also when a byte that nobody has read yet lies there. Under load that is one system call per request for nothing;
leaving it out takes a tenth off a page. Loops that are not asyncio's own do this by themselves and are left alone.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any


def coalesce(loop: asyncio.AbstractEventLoop) -> bool:
    """Let ``loop`` be woken once for all that came since it last looked; returns whether this could be done.

    Safe between threads: a callback stands in the loop's queue before its thread looks at the mark, and the loop takes
    the mark away while it works, before it looks at the queue again. So whoever sees the mark is served in the same
    round or in the next. The byte is read first: taken away the other way round, a mark could stay without its byte.
    """
    inner: Any = loop
    reader, writer = getattr(inner, "_ssock", None), getattr(inner, "_csock", None)
    names = ("_write_to_self", "_read_from_self", "_add_reader")
    if not isinstance(loop, asyncio.SelectorEventLoop) or not all(hasattr(inner, name) for name in names):
        return False
    if not isinstance(reader, socket.socket) or not isinstance(writer, socket.socket):
        return False
    write, read = inner._write_to_self, inner._read_from_self  # noqa: SLF001 asyncio offers no other way
    is_woken = False

    def write_once() -> None:
        nonlocal is_woken
        if not is_woken:
            is_woken = True
            write()

    def read_and_forget() -> None:
        nonlocal is_woken
        read()
        is_woken = False

    inner._add_reader(reader.fileno(), read_and_forget)  # noqa: SLF001 replaces the one that is there
    inner._write_to_self = write_once  # noqa: SLF001
    return True
