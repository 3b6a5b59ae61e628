"""The words of this room: counts, reports and the reasons for which a hit is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from backline.core.errors import RetryLater


class BotReason(StrEnum):
    """Why a hit is not counted as a person's. Stored with the event; never renamed, only added to."""

    DECLARED_BOT = "declared_bot"
    LINK_PREVIEW = "link_preview"
    MONITOR = "monitor"
    HEADLESS = "headless"
    LIBRARY = "library"
    EMPTY_AGENT = "empty_agent"
    NOT_A_BROWSER = "not_a_browser"
    PREFETCH = "prefetch"
    HEAD_REQUEST = "head_request"
    FAKED_BROWSER = "faked_browser"
    DATA_CENTRE = "data_centre"
    BURST = "burst"
    TOO_FAST = "too_fast"

    @property
    def label(self) -> str:
        """Return the reason as a person reads it."""
        return _BOT_LABELS[self]


_BOT_LABELS = {
    BotReason.DECLARED_BOT: "Search engines and other declared bots",
    BotReason.LINK_PREVIEW: "Link previews of messengers and social networks",
    BotReason.MONITOR: "Uptime and performance monitors",
    BotReason.HEADLESS: "Headless browsers",
    BotReason.LIBRARY: "Scripts and HTTP libraries",
    BotReason.EMPTY_AGENT: "No browser named",
    BotReason.NOT_A_BROWSER: "Programs that are no browser",
    BotReason.PREFETCH: "Pages loaded ahead by a browser, not looked at",
    BotReason.HEAD_REQUEST: "Checks whether the page exists",
    BotReason.FAKED_BROWSER: "Programs that pretend to be a browser",
    BotReason.DATA_CENTRE: "Many hits from a hosting company's network",
    BotReason.BURST: "Far more hits in a minute than people make",
    BotReason.TOO_FAST: "Taps faster than a hand",
}


class DropReason(StrEnum):
    """Why an event cannot go into the lake. Its bytes are kept in the quarantine folder."""

    UNREADABLE = "unreadable"
    UNDECODABLE = "undecodable"
    BAD_ID = "bad_id"
    BAD_ARTIST = "bad_artist"
    BAD_LINK = "bad_link"


class Mark(StrEnum):
    """What the pipeline changed about an event that it kept."""

    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    SHORTENED = "shortened"


class ReferrerKind(StrEnum):
    """What sort of place a fan came from."""

    DIRECT = "direct"
    SEARCH = "search"
    SOCIAL = "social"
    MESSENGER = "messenger"
    MUSIC = "music"
    VIDEO = "video"
    EMAIL = "email"
    LINK_IN_BIO = "link_in_bio"
    OTHER = "other"


class Dimension(StrEnum):
    """What human events can be broken down by (for the Audience tab, never on the overview: SL-53)."""

    COUNTRY = "country"
    SERVICE = "service"
    REFERRER_HOST = "referrer_host"
    REFERRER_KIND = "referrer_kind"
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    UTM_TERM = "utm_term"
    UTM_CONTENT = "utm_content"
    DEVICE = "device"
    BROWSER = "browser"
    OS = "os"
    LOCALE = "locale"


class ExportFormat(StrEnum):
    """How the rows of an export are written; the value is the ending of the file's name."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"

    @property
    def label(self) -> str:
        """Return the format as a person reads it."""
        return {"csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}[self.value]


class ExportStatus(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"


class Cadence(StrEnum):
    """How often a report is sent."""

    WEEK = "week"
    MONTH = "month"

    @property
    def label(self) -> str:
        """Return the cadence as a person reads it."""
        return {"week": "Every week", "month": "Every month"}[self.value]


class FiguresAwayError(RetryLater):
    """The event lake cannot be read now. Nothing is lost, and counting goes on."""

    def __init__(self) -> None:
        super().__init__("The figures cannot be read now. Nothing is lost, and counting goes on.")


@dataclass(frozen=True, slots=True)
class Totals:
    """Human events of a stretch of time, by metric; ``bots`` are the hits of any kind that were set aside."""

    views: int = 0
    service_clicks: int = 0
    share_clicks: int = 0
    saves: int = 0
    video_plays: int = 0
    bots: int = 0

    @property
    def service_click_rate(self) -> float | None:
        """Return music service clicks per view (1.0 is 100 %), or None when there are no views (SL-51)."""
        return self.service_clicks / self.views if self.views else None


@dataclass(frozen=True, slots=True)
class DayTotals(Totals):
    """The totals of one calendar day in the time zone that was asked for."""

    day: date = date.min


@dataclass(frozen=True, slots=True)
class ValueTotals(Totals):
    """The totals of one value of a dimension; an empty value means that it is not known."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which events a question is about: one artist's, ``since`` (included) to ``until`` (excluded), aware instants."""

    artist_id: UUID
    since: datetime
    until: datetime
    link_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ShipReport:
    """What one round of shipping did. ``lag_seconds`` is the age of the oldest event that was shipped.

    ``backlog`` tells that at least one spool held more than one batch; ``problems`` names what could not be
    shipped, a sentence each.
    """

    spools: int = 0
    events: int = 0
    bots: int = 0
    files: int = 0
    quarantined: int = 0
    lag_seconds: float = 0.0
    backlog: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """Which events have to go; at least one thing must be given.

    Those of the artist and of the link, where given; of these, where visitors or click ids are given, only events with
    one of them. ``visitors`` are daily visitor hashes; ``click_ids`` are values of click ids (``fbclid`` and the like).
    """

    artist_id: UUID | None = None
    link_id: UUID | None = None
    visitors: frozenset[str] = frozenset()
    click_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (self.artist_id or self.link_id or self.visitors or self.click_ids):
            raise ValueError("An erasure has to say what goes.")


@dataclass(frozen=True, slots=True)
class RejudgeReport:
    """What judging history again did: rows read, rows changed, and how many went from one reason to another.

    An empty reason means a person.
    """

    rows: int = 0
    changed: int = 0
    by_reason: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What one run of compaction did. ``problems`` are sentences about what it had to leave as it is."""

    merged_files: int = 0
    new_files: int = 0
    deleted_files: int = 0
    swept_files: int = 0
    rows: int = 0
    problems: tuple[str, ...] = ()


class FileFault(StrEnum):
    """What is wrong with a lake file that is listed."""

    MISSING = "missing"
    WRONG_SIZE = "wrong_size"
    WRONG_ROWS = "wrong_rows"
    UNREADABLE = "unreadable"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """Whether the lake's files and their list agree; the tuples hold paths relative to the lake folder.

    ``altered`` and ``doubled``, the number of event ids that are in the lake more than once, are only known when
    ``is_deep``.
    """

    files: int
    rows: int
    size_bytes: int
    missing: tuple[str, ...] = ()
    wrong_size: tuple[str, ...] = ()
    wrong_rows: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    doubled: int = 0
    oldest_at: datetime | None = None
    is_deep: bool = False

    @property
    def is_sound(self) -> bool:
        """Tell whether every listed file is there and whole; unlisted files are harmless."""
        return not (self.damaged or self.doubled)

    @property
    def damaged(self) -> tuple[str, ...]:
        """Return the files that are missing or not whole."""
        return (*self.missing, *self.wrong_size, *self.wrong_rows, *self.unreadable, *self.altered)


@dataclass(frozen=True, slots=True)
class Loss:
    """A damaged file that was set aside, and how many of its events could not be read.

    ``ranges`` are the stretches of spools, as ``(spool, first, last)``, among whose events the lost ones are.
    """

    path: str
    fault: FileFault
    rows: int
    day: date
    ranges: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did: events ``relisted`` from files that nothing listed, and ``restored`` from spool copies.

    ``kept`` are unlisted files that the shipper is going to see to.
    """

    losses: tuple[Loss, ...] = ()
    relisted: int = 0
    restored: int = 0
    kept: tuple[str, ...] = ()

    @property
    def still_missing(self) -> int:
        """Return how many events are lost for good, as far as can be told."""
        return max(0, sum(loss.rows for loss in self.losses) - self.restored)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was found in spool copies and added; ``unreadable`` names copies that are damaged."""

    copies: int = 0
    events: int = 0
    added: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """One spool as the operator sees it: what waits, and whether its play process lives. ``problem`` is a sentence."""

    id: str
    node: str
    shipped_through: int
    waiting: int
    size_bytes: int
    is_owner_alive: bool
    quarantined: int = 0
    lost: int = 0
    last_shipped_at: datetime | None = None
    problem: str = ""
    oldest_waiting_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LakeSize:
    """How big the event lake is, by its list of files; ``last_compacted_at`` is when files were last merged."""

    files: int
    rows: int
    size_bytes: int
    last_compacted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the six shown metrics: its key in :class:`Totals`, its label, and the sentence that defines it."""

    key: str
    label: str
    definition: str
    is_rate: bool = False


@dataclass(frozen=True, slots=True)
class BotSummary:
    """The hits that were set aside, by reason, most first."""

    total: int
    reasons: Mapping[BotReason, int] = field(default_factory=dict)
