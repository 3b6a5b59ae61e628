"""Seeded events of a year with what makes engines disagree: hubs, bots, odd texts, clock changes, big artists."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.factories.analytics import BOT, BROWSER

from backline.analytics.judging import pipeline
from backline.analytics.judging.pipeline import Draft
from backline.contract import events
from backline.contract.events import Event

SEED = 20_261
COUNT = int(os.environ.get("BACKLINE_CONTRACT_EVENTS", "20000"))
"""How many events the engines are compared on; a million is run with ``BACKLINE_CONTRACT_EVENTS=1000000``."""
FIRST, LAST = datetime(2025, 12, 30, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
BATCH = 50_000

_AGENTS = (BROWSER, BROWSER, BROWSER, BROWSER, BOT, "curl/8.5.0", "", "facebookexternalhit/1.1", "Ünïcode 'agent' \\ 1")
_KINDS = ("view",) * 8 + ("service_click",) * 4 + ("share", "save", "SAVE_TRACK", "video_play", "consent", "AUTH")
_TEXTS = ("", "", "instagram", "Zürich", "O'Brien", 'say "hi"', "back\\slash", "a\tb", "日本語", "🎧", "%7B{x}", "null")


def ids(number: int, rng: random.Random) -> tuple[UUID, ...]:
    """Return so many invented ids."""
    return tuple(UUID(int=rng.getrandbits(128), version=4) for _ in range(number))


_rng = random.Random(SEED)
ARTISTS = ids(12, _rng)
LINKS = {artist: ids(9, _rng) for artist in ARTISTS}
NOBODY = UUID(int=1)
# Around these clocks change, midnight falls and months turn; all events are of the days about them.
_NEAR_MS = 36 * 3_600_000
_EDGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2026-01-01T00:00:00+00:00", "2026-03-08T07:00:00+00:00", "2026-03-29T01:00:00+00:00",
        "2026-04-04T15:00:00+00:00", "2026-05-01T00:00:00+00:00", "2026-10-03T15:30:00+00:00",
        "2026-10-25T01:00:00+00:00", "2026-11-01T06:00:00+00:00",
    )
)  # fmt: skip


def history(count: int = COUNT, *, seed: int = SEED) -> Iterator[Event]:
    """Yield the events, in no order of time."""
    rng = random.Random(seed)
    for _ in range(count):
        artist = ARTISTS[min(int(rng.paretovariate(0.8)) - 1, len(ARTISTS) - 1)]
        link = rng.choice((None, *LINKS[artist]))
        near_ms = 2 if rng.random() < 0.05 else _NEAR_MS
        at_ms = int(rng.choice(_EDGES).timestamp() * 1000) + rng.randrange(-near_ms, near_ms + 1)
        yield Event(
            id=UUID(int=rng.getrandbits(128), version=4).hex,
            at_ms=at_ms,
            kind=rng.choice(_KINDS),  # type: ignore[arg-type]
            artist_id=str(artist),
            link_id="" if link is None else str(link),
            service=rng.choice(("", "spotify", "apple_music", "youtube")),
            country=rng.choice(("", "DE", "US", "JP")),
            referrer_host=rng.choice(("", "l.instagram.com", "www.google.com", "example.org")),
            utm_source=rng.choice(_TEXTS),
            utm_medium=rng.choice(_TEXTS),
            utm_campaign=rng.choice(_TEXTS),
            utm_term=rng.choice(_TEXTS),
            utm_content=rng.choice(_TEXTS),
            locale=rng.choice(("de", "en-US", "")),
            visitor=f"{rng.randrange(500):016x}",
            click_ids={"fbclid": rng.choice(("one'", "two", "drei\\"))} if rng.random() < 0.1 else {},
            consent=rng.choice(("", "all")),
            user_agent=rng.choice(_AGENTS),
            signals=rng.choice(((), (), (), ("prefetch",), ("head",))),
        )


def drafts(count: int = COUNT, *, seed: int = SEED) -> Iterator[Sequence[Draft]]:
    """Yield the events as the pipeline hands them on, a batch at a time; of some the judgement is an old, wrong one."""
    rng = random.Random(seed)
    batch: list[tuple[int, bytes]] = []
    for number, event in enumerate(history(count, seed=seed), start=1):
        batch.append((number, events.encode(event)))
        if len(batch) == BATCH or number == count:
            kept = pipeline.run(batch, now=LAST + timedelta(days=1)).drafts
            for draft in kept:
                if rng.random() < 0.02:
                    draft.bot_reason, draft.bot_name = ("", "") if draft.bot_reason else ("monitor", "it's \\ old")
            yield kept
            batch = []
