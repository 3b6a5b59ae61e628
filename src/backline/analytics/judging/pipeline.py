"""From the bytes of a spool to rows of the lake: named steps in order, each with a typed reason when it drops or marks.

Steps are pure, so a range that is shipped again gives the same rows. An acknowledged event is never thrown away: what
cannot go into the lake is handed back with its reason, and kept in the quarantine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from backline.analytics.judging import behaviour
from backline.analytics.judging.agents import MAX_AGENT_CHARACTERS, read_agent
from backline.analytics.judging.behaviour import Hit
from backline.analytics.judging.referrers import referrer_kind
from backline.analytics.shipping.spool import Quarantined, Row
from backline.analytics.types import BotReason, DropReason, Mark
from backline.contract import events
from backline.contract.events import Event

AHEAD_AT_MOST = timedelta(hours=24)
"""A clock further ahead than this is wrong; the event is then dated by its shipping."""
NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
"""No play process ran before; an older date is a clock that was never set."""
MAX_TEXT_CHARACTERS = 300

PREFETCH_SIGNALS = frozenset({"prefetch", "prerender", "preview"})
HEAD_SIGNAL = "head"
BARE_SIGNAL = "bare"
"""The request had none of the headers that browsers of the last years send with every one."""


class Draft(msgspec.Struct, gc=False):
    """An event on its way through the steps: what the edge wrote, and what we made of it."""

    event: Event
    at_ms: int
    id: bytes = b""
    artist_id: str = ""
    link_id: str = ""
    device: str = ""
    browser: str = ""
    os: str = ""
    user_agent: str = ""
    bot_reason: str = ""
    bot_name: str = ""
    referrer_kind: str = ""
    marks: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the pipeline runs, worked out once for a batch (milliseconds since 1970)."""

    now_ms: int
    latest_ms: int
    earliest_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name for people and logs, and what it does to a draft."""

    name: str
    run: Callable[[Draft, Moment], DropReason | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch became: rows for the lake, and rows that are kept aside."""

    drafts: tuple[Draft, ...]
    dropped: tuple[Quarantined, ...]


@functools.lru_cache(maxsize=65_536)
def _canonical(identifier: str) -> str | None:
    """Return a UUID as the lake spells it (36 lower-case characters), or None."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return None


def check_identity(draft: Draft, _: Moment) -> DropReason | None:
    """Demand an id, an artist, and a link that is one when it is there (a hub's events have none)."""
    event = draft.event
    try:
        draft.id = bytes.fromhex(event.id.replace("-", ""))
    except ValueError:
        return DropReason.BAD_ID
    if len(draft.id) != 16:
        return DropReason.BAD_ID
    artist = _canonical(event.artist_id)
    if artist is None:
        return DropReason.BAD_ARTIST
    link = _canonical(event.link_id) if event.link_id else ""
    if link is None:
        return DropReason.BAD_LINK
    draft.artist_id, draft.link_id = artist, link
    return None


def settle_time(draft: Draft, moment: Moment) -> DropReason | None:
    """Date an event by its shipping when the clock that wrote it was absurd, and mark it.

    Its visitor code goes: it was made for the day of that clock, and must not be met again on another one.
    """
    if moment.earliest_ms <= draft.at_ms <= moment.latest_ms:
        return None
    _mark(draft, Mark.CLOCK_AHEAD if draft.at_ms > moment.latest_ms else Mark.CLOCK_BEHIND)
    draft.at_ms = moment.now_ms
    draft.event = msgspec.structs.replace(draft.event, visitor="")
    return None


def parse_agent(draft: Draft, _: Moment) -> DropReason | None:
    """Read device, browser and operating system from the user agent."""
    draft.user_agent = draft.event.user_agent[:MAX_AGENT_CHARACTERS]
    agent = read_agent(draft.user_agent)
    draft.device, draft.browser, draft.os = agent.device, agent.browser, agent.os
    return None


def judge_bot(draft: Draft, _: Moment) -> DropReason | None:
    """Set hits of bots aside, with the reason: what the agent admits first, then what the edge saw."""
    draft.bot_reason, draft.bot_name = _judge_alone(draft.user_agent, draft.event.signals)
    return None


def _judge_alone(user_agent: str, signals: Collection[str]) -> tuple[str, str]:
    agent = read_agent(user_agent)
    reason = agent.bot_reason
    if reason is None and signals:
        if not PREFETCH_SIGNALS.isdisjoint(signals):
            reason = BotReason.PREFETCH
        elif HEAD_SIGNAL in signals:
            reason = BotReason.HEAD_REQUEST
        elif BARE_SIGNAL in signals and agent.is_recent:
            reason = BotReason.FAKED_BROWSER
    return ("", "") if reason is None else (reason.value, agent.bot_name)


def judge_again(hits: Sequence[Hit]) -> list[tuple[str, str]]:
    """Return ``(bot_reason, bot_name)`` of each hit by the present rules, in order; both are empty for a person.

    Pure, and the order of the hits makes no difference. Some bots are known only by what they do within a minute, so
    give all hits of an artist's day (UTC) in one call; days and artists do not touch one another.
    """
    judged = [_judge_alone(hit.user_agent, hit.signals.split()) for hit in hits]
    people = [None if reason else hit for hit, (reason, _) in zip(hits, judged, strict=True)]
    for index, reason in behaviour.reasons(people):
        judged[index] = (reason.value, "")
    return judged


def _judge_together(drafts: Sequence[Draft]) -> None:
    """Set aside what only its neighbours give away, as far as this batch shows them; judging again sees them all."""
    people = [None if draft.bot_reason else _hit(draft) for draft in drafts]
    for index, reason in behaviour.reasons(people):
        drafts[index].bot_reason = reason.value


def _hit(draft: Draft) -> Hit:
    event = draft.event
    return Hit(
        draft.at_ms, event.kind, draft.link_id, event.service, event.visitor, draft.user_agent, " ".join(event.signals)
    )


def classify_referrer(draft: Draft, _: Moment) -> DropReason | None:
    """Name the sort of place that the fan came from."""
    draft.referrer_kind = referrer_kind(draft.event.referrer_host).value
    return None


_TEXTS = (
    "service", "country", "referrer_host", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "locale", "visitor", "consent",
)  # fmt: skip


def bound_texts(draft: Draft, _: Moment) -> DropReason | None:
    """Shorten what a stranger made absurdly long, and mark it."""
    event = draft.event
    if len(event.user_agent) > MAX_AGENT_CHARACTERS:
        _mark(draft, Mark.SHORTENED)
    total = (
        len(event.utm_source) + len(event.utm_medium) + len(event.utm_campaign) + len(event.utm_term)
        + len(event.utm_content) + len(event.referrer_host) + len(event.locale) + len(event.service)
        + len(event.consent) + len(event.visitor) + len(event.country)
    )  # fmt: skip
    if total <= MAX_TEXT_CHARACTERS and not event.click_ids:
        return None
    changes: dict[str, object] = {
        name: value[:MAX_TEXT_CHARACTERS] for name in _TEXTS if len(value := getattr(event, name)) > MAX_TEXT_CHARACTERS
    }
    if any(len(key) + len(value) > 2 * MAX_TEXT_CHARACTERS for key, value in event.click_ids.items()):
        changes["click_ids"] = {
            key[:MAX_TEXT_CHARACTERS]: value[:MAX_TEXT_CHARACTERS] for key, value in event.click_ids.items()
        }
    if changes:
        draft.event = msgspec.structs.replace(event, **changes)
        _mark(draft, Mark.SHORTENED)
    return None


STEPS: tuple[Step, ...] = (
    Step("check identity", check_identity),
    Step("settle time", settle_time),
    Step("parse agent", parse_agent),
    Step("judge bot", judge_bot),
    Step("classify referrer", classify_referrer),
    Step("bound texts", bound_texts),
)
"""The steps, in order. The first reason to drop an event ends its way."""


def run(rows: Iterable[Row], *, now: datetime) -> Outcome:
    """Send the rows of a spool through the steps. ``now`` is the instant of shipping."""
    moment = Moment(
        now_ms=_milliseconds(now),
        latest_ms=_milliseconds(now + AHEAD_AT_MOST),
        earliest_ms=_milliseconds(NOT_BEFORE),
    )
    kept: list[Draft] = []
    dropped: list[Quarantined] = []
    steps = tuple(step.run for step in STEPS)
    for seq, data in rows:
        try:
            event = events.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            dropped.append(Quarantined(seq, DropReason.UNDECODABLE, data))
            continue
        draft = Draft(event, event.at_ms)
        for step in steps:
            reason = step(draft, moment)
            if reason is not None:
                dropped.append(Quarantined(seq, reason, data))
                break
        else:
            kept.append(draft)
    _judge_together(kept)
    return Outcome(tuple(kept), tuple(dropped))


def _mark(draft: Draft, mark: Mark) -> None:
    draft.marks = f"{draft.marks} {mark.value}".lstrip()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
