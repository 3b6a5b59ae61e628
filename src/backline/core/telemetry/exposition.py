"""Figures of one or several processes as Prometheus reads them, and who may read them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REFUSAL = "Figures are shown to whoever sends the token of BACKLINE_METRICS_TOKEN: Authorization: Bearer ...\n"

Kind = Literal["counter", "gauge", "histogram"]


class Sample(msgspec.Struct, array_like=True):
    """One number. ``name`` is the family's, with ``_total``, ``_bucket``, ``_sum`` or ``_count`` where it has one."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct):
    """All numbers of one name, and what they are about."""

    name: str
    kind: str
    about: str
    samples: list[Sample]


class Snapshot(msgspec.Struct):
    """What one process said of itself ``at`` a moment (seconds since 1970). ``place`` tells it from its siblings."""

    program: str
    place: int
    pid: int
    version: str
    started_at: float
    at: float
    families: list[Family]


def may_read(authorization: str, token: str) -> bool:
    """Tell whether an ``Authorization`` header shows ``token``; nobody may read where no token is set.

    The address of the asker says nothing: behind a proxy on this machine everybody comes from this machine.
    """
    scheme, _, shown = authorization.partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())


def family(name: str, kind: Kind, about: str, *samples: tuple[dict[str, str], float]) -> Family:
    """Return a counter or gauge of plain numbers. ``name`` is as Prometheus shows it, ``_total`` included."""
    return Family(name.removesuffix("_total"), kind, about, [Sample(name, labels, value) for labels, value in samples])


def families_of(registry: CollectorRegistry) -> list[Family]:
    """Return what a registry of prometheus-client holds; the moments at which its counters began are left out."""
    return [
        Family(
            metric.name,
            metric.type,
            metric.documentation,
            [
                Sample(sample.name, dict(sample.labels), sample.value)
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ],
        )
        for metric in registry.collect()
    ]


def text_of(snapshots: Iterable[Snapshot]) -> bytes:
    """Return the figures of several processes in the text format, version 0.0.4, each with its ``process`` label."""
    # Loaded when it is first asked for: play never waits for it.
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Together(tuple(snapshots)))
    return generate_latest(registry)


class _Together:
    """Puts the families of several processes under one name each, as the text format demands."""

    def __init__(self, snapshots: tuple[Snapshot, ...]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        """Yield every family once."""
        from prometheus_client.metrics_core import Metric  # noqa: PLC0415

        found: dict[str, Metric] = {}
        for snapshot in self._snapshots:
            for each in snapshot.families:
                metric = found.setdefault(each.name, Metric(each.name, each.about, each.kind))
                for sample in each.samples:
                    metric.add_sample(sample.name, sample.labels | {"process": str(snapshot.place)}, sample.value)
        yield from found.values()
