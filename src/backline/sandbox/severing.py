"""Cutting a client's connection, which ASGI has no word for."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_DESCRIPTORS = Path("/dev/fd")


def sever(client: tuple[str, int | str]) -> bool:
    """Cut the connection whose far end is ``client`` (host, port), with a reset. Tells whether one was found.

    The server owns the socket and does not hand it out, so it is looked for among this process's descriptors.
    """
    host, port = client[0], int(client[1])
    for entry in _DESCRIPTORS.iterdir():
        try:
            descriptor = os.dup(int(entry.name))
        except (OSError, ValueError):
            continue
        try:
            connection = socket.socket(fileno=descriptor)
        except OSError:
            os.close(descriptor)
            continue
        with connection:
            if _peer(connection) == (host, port):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False


def _peer(connection: socket.socket) -> tuple[str, int] | None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        address = connection.getpeername()
    except OSError:
        return None
    return str(address[0]), int(address[1])
