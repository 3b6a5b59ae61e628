"""Connections: pooled, to checked addresses only, and never longer than the caller can wait.

This is httpx2's own engine, ``httpcore2``, used directly. The client on top of it is left out on
purpose: it keeps cookies, reads proxies from the environment, writes whole addresses to its log, and takes
half as much processor time again (measured: 0.30 ms instead of 0.19 ms a request).
"""

from __future__ import annotations

import functools
import logging
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from backline.core.http.addresses import Reach

# The engine's own logs show headers; ours show what may be shown.
logging.getLogger("httpcore2").setLevel(logging.WARNING)
logging.getLogger("httpx2").setLevel(logging.WARNING)

_KEEP_SECONDS = 30.0
_MOST_ADDRESSES = 4

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class _Deadline(threading.local):
    at: float = float("inf")


_deadline = _Deadline()


def set_deadline(at: float | None) -> None:
    """Bound all that this thread does on the network until the monotonic instant ``at``; None lifts it."""
    _deadline.at = float("inf") if at is None else at


def _seconds_left(timeout: float | None) -> float | None:
    left = _deadline.at - time.monotonic()
    if timeout is None:
        return None if left == float("inf") else left
    return min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A stream whose every operation also ends at the thread's deadline: a trickle cannot hold a worker."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _seconds_left(timeout)
        if left is not None and left <= 0:
            raise httpcore2.ReadTimeout("The deadline has passed.")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = _seconds_left(timeout)
        if left is not None and left <= 0:
            raise httpcore2.WriteTimeout("The deadline has passed.")
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _seconds_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to an address only after :class:`Reach` has checked every answer for its name."""

    def __init__(self, reach: Reach, inner: httpcore2.NetworkBackend | None = None) -> None:
        self._reach = reach
        self._inner = inner or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to one of the checked addresses of ``host``, the first that answers."""
        try:
            addresses = self._reach.addresses(host, port)
        except OSError:
            raise httpcore2.ConnectError("The name could not be resolved.") from None
        refusal: Exception = httpcore2.ConnectError("The name has no address.")
        for address in addresses[:_MOST_ADDRESSES]:
            left = _seconds_left(timeout)
            if left is not None and left <= 0:
                raise httpcore2.ConnectTimeout("The deadline has passed.")
            try:
                return _Stream(self._inner.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refusal = error
        raise refusal


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the one TLS context: the system's certificates, TLS 1.2 or newer. Made when first needed."""
    context = httpcore2.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def pool(reach: Reach, *, is_secure: bool, connections: int) -> httpcore2.ConnectionPool:
    """Return a connection pool; ``is_secure`` says whether it will ever need TLS."""
    return httpcore2.ConnectionPool(
        ssl_context=_tls() if is_secure else None,
        max_connections=connections,
        keepalive_expiry=_KEEP_SECONDS,
        network_backend=GuardedBackend(reach),
    )
