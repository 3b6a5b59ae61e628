"""The worker's three addresses, on a port of its own: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import logging
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import Error, connection
from prometheus_client import Counter, Gauge

from backline.analytics.types import ShipReport
from backline.core import jobs
from backline.core.telemetry import exposition
from backline.core.telemetry.measures import REGISTRY
from backline.server.operations import reporting
from backline.settings.environment import Environment

log = logging.getLogger(__name__)

STUCK_AFTER_SECONDS = 300.0
"""A loop that has not come round for so long hangs. A round is one batch and takes seconds."""
BEHIND_AFTER_SECONDS = 120.0
"""Events that could not be shipped for so long mean that this worker does not do its work."""

SHIPPED = Counter("backline_ship_events_total", "Events shipped from spools into the lake.", registry=REGISTRY)
BOTS = Counter("backline_ship_bot_events_total", "Shipped events that were judged to be of bots.", registry=REGISTRY)
ASIDE = Counter("backline_ship_quarantined_events_total", "Events set aside as unreadable.", registry=REGISTRY)
PROBLEMS = Counter("backline_ship_problems_total", "Spools that could not be shipped in a round.", registry=REGISTRY)
LAST_SUCCESS = Gauge(
    "backline_ship_last_success_timestamp_seconds",
    "When a round of shipping last went well, in seconds since 1970.",
    registry=REGISTRY,
)


class Turning(threading.Event):
    """The shipper's sign to stop. The loop looks at it once a round, which shows when it last came round."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at = time.monotonic()

    def is_set(self) -> bool:
        """Tell whether to stop."""
        self.looked_at = time.monotonic()
        return super().is_set()


class WorkerHealth:
    """Whether the worker's two loops turn and whether it can do its work."""

    def __init__(self, *, now: float | None = None) -> None:
        self.shipping = Turning()
        self._jobs_at = self._shipped_at = time.monotonic() if now is None else now
        self._problems: tuple[str, ...] = ()

    def jobs_turned(self) -> None:
        """Note that the loop of the jobs came round."""
        self._jobs_at = time.monotonic()

    def shipped(self, report: ShipReport) -> None:
        """Note and count a round of shipping."""
        SHIPPED.inc(report.events)
        BOTS.inc(report.bots)
        ASIDE.inc(report.quarantined)
        PROBLEMS.inc(len(report.problems))
        self._problems = report.problems
        if not report.problems:
            self._shipped_at = time.monotonic()
            LAST_SUCCESS.set_to_current_time()

    def stuck(self, *, now: float | None = None) -> list[str]:
        """Return which loops hang, a sentence each."""
        now = time.monotonic() if now is None else now
        loops = (("jobs", self._jobs_at), ("events", self.shipping.looked_at))
        return [
            f"{name}: the loop has not come round for {now - at:.0f} s"
            for name, at in loops
            if now - at > STUCK_AFTER_SECONDS
        ]

    def hindrances(self, *, now: float | None = None) -> list[str]:
        """Return what keeps the worker from its work, a sentence each."""
        now = time.monotonic() if now is None else now
        found = self.stuck(now=now)
        if now - self._shipped_at > BEHIND_AFTER_SECONDS:
            why = f" {' '.join(self._problems)}" if self._problems else ""
            found.append(f"events: none could be shipped for {now - self._shipped_at:.0f} s.{why}")
        return found


def database_hindrance() -> str:
    """Return a sentence when PostgreSQL does not answer, else nothing."""
    try:
        jobs.drop_dead_connections()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "database: it does not answer"
    finally:
        jobs.drop_dead_connections()
    return ""


def listen(settings: Environment, health: WorkerHealth) -> ThreadingHTTPServer | None:
    """Answer on the worker's port from a thread; None when the port is taken: events matter more than watching them."""

    class Handler(_Handler):
        pass

    Handler.health, Handler.token = health, settings.metrics_token
    try:
        server = _Server((settings.bind_host, settings.worker_port), Handler)
    except OSError as error:
        log.warning(
            "Port %d is taken (%s), so nobody can ask this worker how it is. It works on; choose another port with "
            "BACKLINE_WORKER_PORT.", settings.worker_port, error.strerror,
        )  # fmt: skip
        return None
    threading.Thread(target=server.serve_forever, name="listener", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 16


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server_version = "Backline"
    sys_version = ""
    health: WorkerHealth
    token: str

    def do_GET(self) -> None:
        """Answer one of the three addresses."""
        match self.path:
            case "/healthz":
                self._say(self.health.stuck(), "alive\n")
            case "/readyz":
                away = database_hindrance()
                self._say([*([away] if away else []), *self.health.hindrances()], "ready\n")
            case "/metrics" if exposition.may_read(self.headers.get("Authorization", ""), self.token):
                self._answer(HTTPStatus.OK, reporting.worker().exposition(), exposition.CONTENT_TYPE)
            case "/metrics":
                self._answer(HTTPStatus.UNAUTHORIZED, exposition.REFUSAL.encode())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"There is /healthz, /readyz and /metrics.\n")

    def log_message(self, *_: object) -> None:
        """Say nothing: who asks is of no interest, and addresses do not belong in the log."""

    def _say(self, problems: list[str], well: str) -> None:
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        self._answer(status, ("".join(f"{problem}\n" for problem in problems) or well).encode())

    def _answer(self, status: HTTPStatus, content: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
