"""What the programs with Django count: jobs, and questions to outside services. Play counts for itself."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
"""Every figure that this process counts itself."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

JOBS_ENQUEUED = Counter("backline_jobs_enqueued_total", "Jobs put on a queue.", ["job"], registry=REGISTRY)
JOBS_ENDED = Counter(
    "backline_jobs_ended_total",
    "Runs of jobs by how they ended: done, retried later, failed for good.",
    ["job", "outcome"],
    registry=REGISTRY,
)
JOB_SECONDS = Histogram(
    "backline_job_duration_seconds", "How long a run of a job took.", ["job"], buckets=_SECONDS, registry=REGISTRY
)
OUTSIDE_REQUESTS = Counter(
    "backline_outside_requests_total",
    "Questions to outside services by what came back: 2xx to 5xx, 429, or unreachable.",
    ["service", "outcome"],
    registry=REGISTRY,
)
OUTSIDE_SECONDS = Histogram(
    "backline_outside_duration_seconds",
    "How long a question to an outside service took, with its repeats.",
    ["service"],
    buckets=_SECONDS,
    registry=REGISTRY,
)


@dataclass(frozen=True, slots=True)
class OutsideHealth:
    """How an outside service has answered this process; moments in seconds since 1970, 0 for never."""

    requests: int = 0
    errors: int = 0
    throttled: int = 0
    last_success_at: float = 0.0
    last_error_at: float = 0.0
    last_error: str = ""


_lock = threading.Lock()
_outside: dict[str, OutsideHealth] = {}


def outside_health() -> dict[str, OutsideHealth]:
    """Return how each outside service has answered this process since it began, by the service's name."""
    with _lock:
        return dict(_outside)


def note_outside(service: str, *, status: int | None, problem: str, seconds: float) -> None:
    """Count one call; ``status`` is None where no whole answer came, ``problem`` is empty for a success."""
    outcome = "unreachable" if status is None else "429" if status == 429 else f"{status // 100}xx"
    OUTSIDE_REQUESTS.labels(service, outcome).inc()
    OUTSIDE_SECONDS.labels(service).observe(seconds)
    # What we asked for and does not exist is an answer like any other: the service is well.
    is_error = status is None or status >= 500 or status in (401, 403, 429)
    now = time.time()
    with _lock:
        known = _outside.get(service, OutsideHealth())
        known = replace(known, requests=known.requests + 1)
        if is_error:
            known = replace(
                known,
                errors=known.errors + 1,
                throttled=known.throttled + (status == 429),
                last_error_at=now,
                last_error=problem,
            )
        else:
            known = replace(known, last_success_at=now)
        _outside[service] = known
