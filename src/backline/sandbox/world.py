"""What all stand-ins share: the music, the time, what goes wrong, who asked, and the mail."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from backline.core.telemetry.processes import Process
from backline.sandbox import csv_catalogue, invented
from backline.sandbox.catalogue import Catalogue
from backline.sandbox.clock import VirtualClock
from backline.sandbox.faults import FaultBook
from backline.sandbox.figures import Tally
from backline.sandbox.mailbox import Mailbox
from backline.settings.environment import Environment

REQUESTS_KEPT = 200
SPOTIFY_REQUESTS_PER_WINDOW = 180


@dataclass(slots=True)
class Modes:
    """How strict the stand-ins are.

    ``limits``: ``real`` enforces each service's own limits. ``spotify_requests_per_window``: how many in 30 s, which
    Spotify does not publish. ``spotify``: ``development`` is what every new app gets. ``odesli``: ``keyed`` refuses
    requests without a key.
    """

    limits: Literal["off", "real"] = "off"
    spotify: Literal["development", "extended"] = "development"
    spotify_requests_per_window: int = SPOTIFY_REQUESTS_PER_WINDOW
    is_spotify_quota_exceeded: bool = False
    odesli: Literal["open", "keyed"] = "open"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to a stand-in. ``seconds`` is how long it took; ``fault`` names what was done to it, if anything."""

    at: datetime
    provider: str
    method: str
    path: str
    status: int
    seconds: float
    fault: str = ""


@dataclass(slots=True)
class Journal:
    """The last requests, newest last, and how many there were of each service."""

    records: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    counts: dict[str, int] = field(default_factory=dict)

    def write(self, record: RequestRecord) -> None:
        """Keep a request."""
        self.records.append(record)
        self.counts[record.provider] = self.counts.get(record.provider, 0) + 1

    def clear(self) -> None:
        """Forget all."""
        self.records.clear()
        self.counts.clear()


class World:
    """The sandbox's state. One event loop uses it, so nothing in it is locked; it is lost when the process ends."""

    def __init__(self, settings: Environment) -> None:
        self.settings = settings
        self.base_url = settings.sandbox_url
        self.clock = VirtualClock()
        self.faults = FaultBook()
        self.journal = Journal()
        self.tally = Tally()
        self.process = Process("sandbox", settings.home, self.tally.families)
        self.modes = Modes()
        self.mailbox = Mailbox(self.clock)
        self.catalogue = load_catalogue(settings)
        self.is_catalogue_changed = False

    def reset(self) -> None:
        """Go back to how everything was at the start."""
        self.clock.reset()
        self.faults.switch_off()
        self.journal.clear()
        self.modes = Modes()
        self.mailbox.clear()
        if self.is_catalogue_changed:
            self.catalogue = load_catalogue(self.settings)
            self.is_catalogue_changed = False


def load_catalogue(settings: Environment) -> Catalogue:
    """Return the invented catalogue and, where ``BACKLINE_SANDBOX_CATALOG`` names a file, what is in that.

    Raises ``CatalogueFileError`` for a file that cannot be used.
    """
    catalogue = Catalogue()
    if settings.sandbox_catalog:
        catalogue.add(csv_catalogue.read(Path(settings.sandbox_catalog)))
    catalogue.add(invented.artists(), invented.playlists())
    return catalogue
