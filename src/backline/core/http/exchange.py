"""One attempt: a request goes out, its redirects are followed where that is meant, an answer comes back whole."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

import httpcore2

from backline.core.errors import BacklineError, RetryLater
from backline.core.http.addresses import DestinationRefusedError, Origin, Reach, origin_of
from backline.core.http.answers import Answer, AnswerTooLargeError, Inflater, UnreadableAnswerError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_URL_SAFE = "/%:@!$&'()*+,;=~-._"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request. ``target`` is the path with its query and is never logged; ``template`` may be."""

    method: str
    origin: Origin
    target: str
    template: str
    headers: Mapping[str, str]
    body: bytes | None = None


def target_of(url: str) -> str:
    """Return the path and query of a URL as they go on the wire."""
    parts = urlsplit(url)
    query = "?" + quote(parts.query, safe=_URL_SAFE + "?") if parts.query else ""
    return quote(parts.path or "/", safe=_URL_SAFE) + query


class Exchange:
    """Sends requests of one service over its pool.

    Whatever goes wrong is returned, not raised: the exceptions of the engine quote what was sent, and
    one that is raised later, out of any ``except``, drags none of them along.
    """

    def __init__(
        self,
        *,
        name: str,
        reach: Reach,
        pool: httpcore2.ConnectionPool,
        common_headers: tuple[tuple[str, str], ...],
        timeouts: Mapping[str, float],
        most_bytes: int,
    ) -> None:
        self._name = name
        self._reach = reach
        self._pool = pool
        self._common = common_headers
        self._extensions = {"timeout": dict(timeouts)}
        self._most_bytes = most_bytes

    def run(self, outgoing: Outgoing, *, most_redirects: int) -> Answer | BacklineError:
        """Do one attempt, following at most ``most_redirects``, each checked like the first address."""
        for hop in range(most_redirects + 1):
            try:
                self._reach.check(outgoing.origin)
            except DestinationRefusedError as refusal:
                return refusal
            outcome = self._send(outgoing)
            if isinstance(outcome, BacklineError) or outcome.status not in _REDIRECTS or hop == most_redirects:
                break
            base = f"{outgoing.origin.scheme}://{outgoing.origin.host_header}{outgoing.target}"
            try:
                url = urljoin(base, outcome.header("location"))
                origin = origin_of(url)
            except (DestinationRefusedError, ValueError):
                return DestinationRefusedError(f"{self._name} redirects to an address that we do not open.")
            # What was meant for one host is not shown to another.
            headers = outgoing.headers if origin == outgoing.origin else {}
            outgoing = replace(outgoing, origin=origin, target=target_of(url), headers=headers)
        return outcome

    def _send(self, outgoing: Outgoing) -> Answer | BacklineError:
        lines = [("host", outgoing.origin.host_header), *self._common, *outgoing.headers.items()]
        if outgoing.body is not None:
            lines.append(("content-length", str(len(outgoing.body))))
        origin = outgoing.origin
        try:
            request = httpcore2.Request(
                outgoing.method,
                httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=outgoing.target),
                headers=lines,
                content=outgoing.body,
                extensions=self._extensions,
            )
            response = self._pool.handle_request(request)
            try:
                body = self._read(response, has_body=outgoing.method != "HEAD")
            finally:
                response.close()
            return Answer(self._name, outgoing.template, response.status, tuple(response.headers), body)
        except AnswerTooLargeError:
            size = max(1, self._most_bytes // MEBIBYTE)
            return AnswerTooLargeError(f"{self._name} sent more than {size} MB, which is refused.")
        except DestinationRefusedError as refusal:
            return DestinationRefusedError(f"{self._name}: {refusal.message}")
        except (
            httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError,
            zlib.error, OSError, ValueError,
        ) as error:  # fmt: skip
            kind = type(error)
        return _broken(self._name, kind)

    def _read(self, response: httpcore2.Response, *, has_body: bool) -> bytes:
        is_packed, announced = False, 0
        for key, value in response.headers:
            lowered = key.lower()
            if lowered == b"content-encoding":
                is_packed = value.strip().lower() == b"gzip"
            elif lowered == b"content-length" and value.isdigit():
                announced = int(value[:18])
        if has_body and announced > self._most_bytes:  # a HEAD announces the body that it leaves out
            raise AnswerTooLargeError("The answer is too large.")
        inflater = Inflater(self._most_bytes) if is_packed else None
        chunks, size = [], 0
        for chunk in response.iter_stream():
            plain = inflater.feed(chunk) if inflater else chunk
            size += len(plain)
            if size > self._most_bytes:
                raise AnswerTooLargeError("The answer is too large.")
            chunks.append(plain)
        if inflater is not None and size and not inflater.is_complete:
            raise httpcore2.RemoteProtocolError("The packed body ends too early.")
        return b"".join(chunks)


def _broken(name: str, kind: type[BaseException]) -> RetryLater:
    """Return the sentence for a connection that failed."""
    if issubclass(kind, httpcore2.PoolTimeout):
        return RetryLater(f"Too many requests to {name} are under way. We will ask again.")
    if issubclass(kind, httpcore2.ConnectError | httpcore2.ConnectTimeout):
        return RetryLater(f"{name} cannot be reached just now. We will ask again.")
    if issubclass(kind, httpcore2.TimeoutException):
        return RetryLater(f"{name} did not answer in time. We will ask again.")
    if issubclass(kind, httpcore2.LocalProtocolError | ValueError):
        return RetryLater(f"The request to {name} could not be put together.")
    return UnreadableAnswerError(f"{name} broke off in the middle of its answer. We will ask again.")
