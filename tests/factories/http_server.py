"""A web server on loopback that answers, stalls and breaks off as a test tells it, byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reset:
    """Cut the connection hard."""


class Close:
    """Close the connection."""


Step = bytes | float | type[Reset] | type[Close]
"""Bytes are sent, a number is slept in seconds."""

Script = Callable[[Received], list[Step]]


def answer(
    body: bytes | object = b"{}", *, status: int = 200, headers: dict[str, str] | None = None, length: int | None = None
) -> list[Step]:
    """Return the steps of an ordinary answer; ``length`` lies about the body's length."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(data) if length is None else length)}
    head = "".join(f"{key}: {value}\r\n" for key, value in (lines | (headers or {})).items())
    return [f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + data]


@dataclass(slots=True)
class ScriptedServer:
    """Answers every request by ``script``, and keeps what it received. ``connections`` counts those accepted."""

    script: Script = lambda _: answer()
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _listener: socket.socket = field(default_factory=socket.socket)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):  # wakes the thread that waits in accept()
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while line := stream.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers = {}
                while (line := stream.readline().strip()) != b"":
                    key, _, value = line.decode("latin-1").partition(":")
                    headers[key.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                request = Received(method, target, headers, body)
                self.requests.append(request)
                for step in self.script(request):
                    if isinstance(step, bytes):
                        connection.sendall(step)
                    elif isinstance(step, float | int):
                        time.sleep(step)
                    elif step is Reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    else:
                        return


@contextlib.contextmanager
def scripted_server(script: Script | None = None) -> Iterator[ScriptedServer]:
    """Run a server for the length of a ``with`` block."""
    server = ScriptedServer(script or (lambda _: answer()))
    server.start()
    try:
        yield server
    finally:
        server.stop()
