"""What the programs with Django count: jobs, and questions to outside services. Play counts for itself."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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
OUTSIDE_LAST_SUCCESS = Gauge(
    "backline_outside_last_success_timestamp_seconds",
    "When an outside service last answered well, in seconds since 1970.",
    ["service"],
    registry=REGISTRY,
)
OUTSIDE_LAST_ERROR = Gauge(
    "backline_outside_last_error_timestamp_seconds",
    "When an outside service last failed, refused us or asked us to slow down, in seconds since 1970.",
    ["service"],
    registry=REGISTRY,
)
LINK_CHECKS = Counter(
    "backline_link_checks_total",
    "Looks at addresses that pages lead to, by what they told: alive, gone, unknown.",
    ["verdict"],
    registry=REGISTRY,
)


def note_outside(service: str, *, status: int | None, seconds: float) -> None:
    """Count one call to an outside service; ``status`` is None where no whole answer came."""
    outcome = "unreachable" if status is None else "429" if status == 429 else f"{status // 100}xx"
    OUTSIDE_REQUESTS.labels(service, outcome).inc()
    OUTSIDE_SECONDS.labels(service).observe(seconds)
    # What we asked for and does not exist is an answer like any other: the service is well.
    is_error = status is None or status >= 500 or status in (401, 403, 429)
    (OUTSIDE_LAST_ERROR if is_error else OUTSIDE_LAST_SUCCESS).labels(service).set_to_current_time()
