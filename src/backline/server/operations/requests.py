"""Gives every request of the dashboard a number of its own, and counts and times it by route."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Gauge, Histogram

from backline.core.ids import new_id
from backline.core.telemetry.logs import REQUEST_ID
from backline.core.telemetry.measures import REGISTRY

HEADER = "X-Request-ID"

REQUESTS = Counter(
    "backline_web_requests_total", "Requests by route and status class.", ["route", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "backline_web_duration_seconds",
    "How long a request took.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=REGISTRY,
)
IN_PROGRESS = Gauge("backline_web_requests_in_progress", "Requests being worked on.", registry=REGISTRY)
LIMIT = Gauge("backline_web_requests_limit", "Most requests worked on at once.", registry=REGISTRY)


class Measured:
    """Middleware, the outermost: what it times includes everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and name the request's number in the answer, in log lines and in the jobs that it enqueues."""
        number = new_id().hex
        began = time.perf_counter()
        status = 500
        with structlog.contextvars.bound_contextvars(**{REQUEST_ID: number}), IN_PROGRESS.track_inprogress():
            try:
                response = self._get_response(request)
                status = response.status_code
            finally:
                route = route_of(request)
                REQUESTS.labels(route, f"{status // 100}xx").inc()
                SECONDS.labels(route).observe(time.perf_counter() - began)
        response.headers[HEADER] = number
        return response


def route_of(request: HttpRequest) -> str:
    """Return the name of the view that a request leads to, of which there are as many as views: no id is in it."""
    found = request.resolver_match
    if found is None:
        return "static" if request.path_info.startswith("/static/") else "none"
    if found.namespaces == ["admin"]:
        return "operator"
    return found.view_name or "unnamed"
