"""What an export of raw rows holds: one row for each hit that is counted somewhere in the dashboard.

It tells everything the Audience tab is made of and nobody's identity (PP-42). Left out are the code of the visitor, the
browser's own words for itself, click ids, and the id of the event, which advertising networks may know. The time is cut
to the minute, so that a row cannot be matched with another log by its millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from backline.analytics.metrics import KINDS

BATCH = 10_000
"""Rows that are in memory at a time."""

TEXTS = (
    "link_id", "kind", "service", "country", "locale", "referrer_host", "referrer_kind", "utm_source", "utm_medium",
    "utm_campaign", "utm_term", "utm_content", "device", "browser", "os", "bot_reason",
)  # fmt: skip

SCHEMA = pa.schema([pa.field("at", pa.timestamp("s", tz="UTC")), *(pa.field(name, pa.string()) for name in TEXTS)])
"""The columns as an engine hands them out. ``at`` is the minute, in UTC; ``link_id`` is empty for the hub."""


def columns(minute: str) -> str:
    """Return what stands behind SELECT; ``minute`` is the engine's expression for the minute in seconds since 1970."""
    return ", ".join((f"{minute} AS minute", *TEXTS))


def counted(with_bots: bool) -> str:
    """Return the condition of a row that counts for something."""
    kinds = ", ".join(f"'{kind}'" for kinds in KINDS.values() for kind in kinds)
    return f"kind IN ({kinds})" if with_bots else f"kind IN ({kinds}) AND bot_reason = ''"


def shaped(found: Sequence[pa.Array]) -> pa.RecordBatch:
    """Return an engine's columns, the minute as a number first, as a batch of :data:`SCHEMA`."""
    arrays = [array.cast(field.type) for array, field in zip(found, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
