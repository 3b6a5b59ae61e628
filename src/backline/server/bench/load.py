"""Two ways to put load on a server: wrk in a closed loop for throughput, and a client of our own in an open one.

Closed: as many requests as answers come back; it finds the most a server does, and says nothing honest about
waiting. Open: a request is due every so many microseconds whatever the server does, and its time counts from when
it was due, so a server that stalls is charged for everything that should have happened meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
import math
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CLIENT_CORE = 1
SERVER_CORE = 0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What wrk saw: answers per second, their number, and how many were not 2xx or 3xx or did not come."""

    per_second: float
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the open loop saw: the rate that was kept, and the 50th, 99th and highest waiting time in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int


def visitors(count: int = 997) -> list[str]:
    """Return invented public addresses of visitors, spread over the address space."""
    return [
        f"{20 + number * 7 % 200}.{number * 13 % 250}.{number * 29 % 250}.{number % 250}" for number in range(count)
    ]


def missing_tools(*names: str) -> str:
    """Return a sentence naming the programs that are not there, empty when all are."""
    gone = [name for name in names if shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin") is None]
    return f"{' and '.join(gone)} not installed" if gone else ""


def closed_loop(
    url: str, *, seconds: int, connections: int = 64, paths: Sequence[str] = (), cores: Sequence[int] = (CLIENT_CORE,)
) -> Throughput:
    """Run wrk against ``url``, or the ``paths`` on its server in turn, every request from another fan.

    wrk has a thread for each of ``cores``, normally a core of its own that the server does not use.
    The requests are made beforehand: a script that formats each one stops at about 50,000 a second.
    """
    parts = urlsplit(url)
    paths = paths or [f"{parts.path}{'?' + parts.query if parts.query else ''}"]
    fans = visitors()
    script = (
        'wrk.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 '
        '(KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1"\n'
        'wrk.headers["Accept-Language"] = "de-DE,de;q=0.9,en;q=0.8"\n'
        'wrk.headers["Accept-Encoding"] = "gzip, deflate, br"\n'
        "local requests, turn = {}, 0\n"
        "init = function(words)\n"
        "  for line in io.lines(words[1]) do\n"
        '    local path, fan = line:match("(%S+) (%S+)")\n'
        '    wrk.headers["X-Forwarded-For"] = fan\n'
        '    requests[#requests + 1] = wrk.format("GET", path)\n'
        "  end\n"
        "end\n"
        "request = function()\n"
        "  turn = turn % #requests + 1\n"
        "  return requests[turn]\n"
        "end\n"
    )
    with tempfile.TemporaryDirectory(prefix="backline-wrk-") as folder:
        file = Path(folder) / "visitors.lua"
        file.write_text(script, encoding="utf-8")
        lines = (f"{paths[turn % len(paths)]} {fans[turn % len(fans)]}\n" for turn in range(max(len(paths), len(fans))))
        (Path(folder) / "requests").write_text("".join(lines), encoding="utf-8")
        words = [
            "taskset",
            "-c",
            ",".join(map(str, cores)),
            "wrk",
            f"-t{len(cores)}",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            str(file),
            url,
            "--",
            str(Path(folder) / "requests"),
        ]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    requests = re.search(r"(\d+) requests in", said)
    errors = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Throughput(
        per_second=float(rate.group(1)) if rate else 0.0,
        requests=int(requests.group(1)) if requests else 0,
        errors=errors + (int(refused.group(1)) if refused else 0),
    )


def open_loop(url: str, *, rate: float, seconds: float, connections: int = 256) -> Waiting:
    """Send ``rate`` requests per second for so long, each due at its own moment, and return how long they took.

    It is done three times, and the one with the middle 99th percentile is the answer: on a shared machine a
    neighbour's burst would otherwise be the figure.
    """
    with undisturbed():
        asyncio.run(_open_loop(url, rate=rate, seconds=1, connections=connections))  # to get warm
        runs = [asyncio.run(_open_loop(url, rate=rate, seconds=seconds, connections=connections)) for _ in range(3)]
    return sorted(runs, key=lambda run: run.p99_ms)[1]


def each_once(url: str, paths: Sequence[str], *, rate: float, connections: int = 64) -> Waiting:
    """Ask for every one of ``paths`` once, in an open loop of ``rate`` per second; ``url`` names the server."""
    with undisturbed():
        return asyncio.run(_open_loop(url, rate=rate, seconds=len(paths) / rate, connections=connections, paths=paths))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the client on its own core, and its memory's housekeeping out of the times."""
    cores = os.sched_getaffinity(0)
    if CLIENT_CORE in cores:
        os.sched_setaffinity(0, {CLIENT_CORE})
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        os.sched_setaffinity(0, cores)


async def _open_loop(url: str, *, rate: float, seconds: float, connections: int, paths: Sequence[str] = ()) -> Waiting:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    idle: deque[_Client] = deque()
    clients: list[_Client] = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(idle), parts.hostname or "127.0.0.1", parts.port or 80)
        clients.append(client)
    idle.extend(clients)
    head = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip, deflate, br\r\n"
    head += (
        "User-Agent: Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36\r\n"
    )
    paths = paths or [f"{parts.path}{'?' + parts.query if parts.query else ''}"]
    fans = visitors()
    requests = [
        f"GET {paths[turn % len(paths)]}{head}X-Forwarded-For: {fans[turn % len(fans)]}\r\n\r\n".encode()
        for turn in range(max(len(paths), len(fans)))
    ]
    total = int(rate * seconds)
    began = time.perf_counter() + 0.05
    sent = 0
    while sent < total:
        due = min(total, math.ceil((time.perf_counter() - began) * rate))
        while sent < due:  # what is late is sent at once; its time counts from when it was due
            # Like a browser: a connection that is free. Only when none is, one that still waits.
            client = idle.popleft() if idle else min(clients, key=lambda each: len(each.due))
            client.send(requests[sent % len(requests)], began + sent / rate)
            sent += 1
        await asyncio.sleep(0.0005)
    patience = time.perf_counter() + 5
    while any(client.due for client in clients) and time.perf_counter() < patience:  # noqa: ASYNC110  # it ends
        await asyncio.sleep(0.01)
    elapsed = time.perf_counter() - began
    times = sorted(taken for client in clients for taken in client.taken)
    errors = sum(client.errors + len(client.due) for client in clients)
    for client in clients:
        client.close()
    if not times:
        return Waiting(0.0, math.inf, math.inf, math.inf, errors)
    p50, p99 = (times[min(len(times) - 1, int(len(times) * share))] * 1_000 for share in (0.5, 0.99))
    return Waiting(len(times) / elapsed, p50, p99, times[-1] * 1_000, errors)


@dataclass(slots=True)
class _Client(asyncio.Protocol):
    """One connection: takes the answers in order and is free again when it has them all."""

    idle: deque[_Client]
    due: deque[float] = field(default_factory=deque)
    taken: list[float] = field(default_factory=list)
    errors: int = 0
    _buffer: bytes = b""
    _transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def send(self, request: bytes, due: float) -> None:
        self.due.append(due)
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            mark = self._buffer.find(b"content-length: ", 0, end)
            length = int(self._buffer[mark + 16 : self._buffer.find(b"\r", mark)]) if mark >= 0 else 0
            whole = end + 4 + length
            if len(self._buffer) < whole:
                return
            if self._buffer[9:10] not in (b"2", b"3"):
                self.errors += 1
            self._buffer = self._buffer[whole:]
            self.taken.append(time.perf_counter() - self.due.popleft())
            if not self.due:
                self.idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.errors += len(self.due)
        self.due.clear()
