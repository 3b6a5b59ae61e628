"""Fans who come by the clock, for seconds or for hours: an open loop whose rate may change, told window by window.

A request is due at its moment whatever the server does, and its time counts from when it was due, so a server that
stalls is charged for everything that should have happened meanwhile. Times are kept as a histogram, so that a night of
it takes no memory.
"""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import uvloop

from backline.server.bench.load import undisturbed, visitors

_STEPS = 32
"""Buckets per doubling of the time: a percentile is right within 2.2 %."""
_FIRST = math.log2(1e-5)
_STEP_SECONDS = 0.001
"""uvloop's timers know whole milliseconds; a shorter sleep is none, and the client would take a whole core."""
_AGENT = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
)

Rate = Callable[[float], float]
"""Requests per second at so many seconds after the start."""


@dataclass(slots=True)
class Waits:
    """Waiting times as a histogram."""

    count: int = 0
    highest: float = 0.0
    _buckets: dict[int, int] = field(default_factory=dict)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.highest = max(self.highest, seconds)
        bucket = int((math.log2(max(seconds, 1e-5)) - _FIRST) * _STEPS)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    def join(self, other: Waits) -> None:
        """Take in another histogram."""
        self.count += other.count
        self.highest = max(self.highest, other.highest)
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count

    def percentile_ms(self, share: float) -> float:
        """Return the time that ``share`` of all stayed under, in milliseconds (the bucket's upper edge)."""
        wanted = self.count * share
        for bucket in sorted(self._buckets):
            wanted -= self._buckets[bucket]
            if wanted <= 0:
                return float(2 ** ((bucket + 1) / _STEPS + _FIRST) * 1_000)
        return 0.0


@dataclass(slots=True)
class Window:
    """What was seen of the requests that were due in a stretch of time; ``answered`` counts them by path number.

    ``lags`` are the client's own: how long it was kept from looking at the clock, which is in every waiting time too.
    """

    at_seconds: float
    sent: int = 0
    errors: int = 0
    answered: list[int] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)
    lags: Waits = field(default_factory=Waits)


@dataclass(slots=True)
class Stream:
    """All that was seen."""

    seconds: float = 0.0
    windows: list[Window] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Return how many requests were due and sent."""
        return sum(window.sent for window in self.windows)

    @property
    def errors(self) -> int:
        """Return how many were answered with an error, or not."""
        return sum(window.errors for window in self.windows)

    def answered(self, path: int) -> int:
        """Return how many requests for one of the paths were answered well."""
        return sum(window.answered[path] for window in self.windows)

    @property
    def per_second(self) -> float:
        """Return how many were answered per second."""
        return self.waits().count / self.seconds

    @property
    def p50_ms(self) -> float:
        """Return the time that half of them stayed under, in milliseconds."""
        return self.waits().percentile_ms(0.5)

    @property
    def p99_ms(self) -> float:
        """Return the time that 99 of 100 stayed under, in milliseconds."""
        return self.waits().percentile_ms(0.99)

    def waits(self) -> Waits:
        """Return the waiting times of the whole stream."""
        return _joined(window.waits for window in self.windows)

    def lags(self) -> Waits:
        """Return how long the client was kept from the clock, over the whole stream."""
        return _joined(window.lags for window in self.windows)


def _joined(parts: Iterable[Waits]) -> Waits:
    total = Waits()
    for part in parts:
        total.join(part)
    return total


def run(
    url: str,
    paths: Sequence[str],
    *,
    rate: Rate,
    seconds: float,
    window_seconds: float = 10.0,
    connections: int = 256,
    on_window: Callable[[Window], None] = lambda _: None,
) -> Stream:
    """Ask the server at ``url`` for ``paths`` in turn; a path that comes twice is asked for twice as often."""
    with undisturbed():
        stream = uvloop.run(_run(url, paths, rate, seconds, window_seconds, connections, on_window))
    gc.collect()
    return stream


def open_loop(url: str, *, rate: float, seconds: float, connections: int = 256) -> Stream:
    """Send ``rate`` requests per second for so long, after a second to get warm.

    It is done three times, and the one with the middle 99th percentile is the answer: on a shared machine a
    neighbour's burst would otherwise be the figure.
    """
    parts = urlsplit(url)
    paths = [f"{parts.path}{'?' + parts.query if parts.query else ''}"]
    run(url, paths, rate=lambda _: rate, seconds=1, connections=connections)
    runs = [run(url, paths, rate=lambda _: rate, seconds=seconds, connections=connections) for _ in range(3)]
    return sorted(runs, key=lambda each: each.p99_ms)[1]


def each_once(url: str, paths: Sequence[str], *, rate: float, connections: int = 64) -> Stream:
    """Ask the server at ``url`` for every one of ``paths`` once, ``rate`` of them per second."""
    return run(url, paths, rate=lambda _: rate, seconds=len(paths) / rate, connections=connections)


async def _run(  # noqa: PLR0917 the words of `run`, in its order
    url: str,
    paths: Sequence[str],
    rate: Rate,
    seconds: float,
    window_seconds: float,
    connections: int,
    on_window: Callable[[Window], None],
) -> Stream:
    server = _Server.of(url)
    fans = visitors()
    requests = [
        f"GET {paths[turn % len(paths)]} HTTP/1.1\r\nHost: {server.name}\r\nUser-Agent: {_AGENT}\r\n"
        f"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: de-DE,de;q=0.9\r\n"
        f"X-Forwarded-For: {fans[turn % len(fans)]}\r\n\r\n".encode()
        for turn in range(max(len(paths), len(fans)))
    ]
    lines = [await server.line() for _ in range(connections)]
    server.idle.extend(lines)
    stream = Stream(seconds=seconds)
    began = before = time.perf_counter()
    owed = 0.0
    turn = 0
    telling: list[asyncio.Future[None]] = []
    window = Window(0.0, answered=[0] * len(paths))
    stream.windows.append(window)
    while (now := time.perf_counter()) - began < seconds:
        if now - began - window.at_seconds >= window_seconds:
            telling.append(asyncio.get_running_loop().run_in_executor(None, on_window, window))
            window = Window(window.at_seconds + window_seconds, answered=[0] * len(paths))
            stream.windows.append(window)
        window.lags.add(now - before)
        owed += rate(before - began) * (now - before)
        due = int(owed)
        for number in range(due):
            # What became due since the last look is spread over that time; what is late is sent at once.
            server.send(
                requests[turn],
                _Due(before + (now - before) * number / due, turn % len(paths), window),
            )
            turn = (turn + 1) % len(requests)
        owed -= due
        before = now
        await asyncio.sleep(_STEP_SECONDS)
    await server.finish()
    await asyncio.gather(*telling)
    on_window(window)
    return stream


@dataclass(slots=True)
class _Due:
    """One request that waits for its answer."""

    at: float
    path: int
    window: Window


@dataclass(slots=True)
class _Server:
    """The server as its fans see it: the lines to it, and those of them that are free."""

    host: str
    port: int
    idle: deque[_Line] = field(default_factory=deque)
    lines: list[_Line] = field(default_factory=list)
    opening: set[asyncio.Task[_Line]] = field(default_factory=set)
    is_over: bool = False

    @classmethod
    def of(cls, url: str) -> _Server:
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 80)

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    async def line(self) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(lambda: _Line(self), self.host, self.port)
        self.lines.append(line)
        return line

    def send(self, request: bytes, due: _Due) -> None:
        """Send on a line that is free, like a browser; only when none is, on the one with the fewest before it."""
        due.window.sent += 1
        if not self.lines:
            due.window.errors += 1
            return
        line = self.idle.popleft() if self.idle else min(self.lines, key=lambda each: len(each.due))
        line.due.append(due)
        line.write(request)

    def lost(self, line: _Line) -> None:
        """Open another line for one that the server closed; what waited on it got no answer."""
        self.lines.remove(line)
        if line in self.idle:
            self.idle.remove(line)
        for due in line.due:
            due.window.errors += 1
        line.due.clear()
        if not self.is_over:
            task = asyncio.ensure_future(self._again())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def _again(self) -> _Line:
        while True:
            try:
                line = await self.line()
            except OSError:
                await asyncio.sleep(0.05)
            else:
                self.idle.append(line)
                return line

    async def finish(self) -> None:
        """Wait for the last answers, five seconds at most, and hang up."""
        patience = time.perf_counter() + 5
        while any(line.due for line in self.lines) and time.perf_counter() < patience:  # noqa: ASYNC110  it ends
            await asyncio.sleep(0.01)
        self.is_over = True
        for task in list(self.opening):
            task.cancel()
        for line in list(self.lines):
            line.close()
        await asyncio.sleep(0.05)


class _Line(asyncio.Protocol):
    """One connection: takes the answers in order and is free again when it has them all."""

    def __init__(self, server: _Server) -> None:
        self.due: deque[_Due] = deque()
        self._server = server
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def write(self, request: bytes) -> None:
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            mark = buffer.find(b"content-length: ", 0, end)
            whole = end + 4 + (int(buffer[mark + 16 : buffer.find(b"\r", mark)]) if mark >= 0 else 0)
            if len(buffer) < whole:
                break
            due = self.due.popleft()
            if buffer[9:10] in (b"2", b"3"):
                due.window.answered[due.path] += 1
                due.window.waits.add(time.perf_counter() - due.at)
            else:
                due.window.errors += 1
            buffer = buffer[whole:]
            if not self.due:
                self._server.idle.append(self)
        self._buffer = buffer

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._server.lost(self)
