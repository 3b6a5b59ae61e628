"""The mail that the product sent, kept in memory so that a person or a test can read it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from backline.sandbox.clock import VirtualClock

MAILS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; ``html`` or ``text`` may be empty."""

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    attachment_names: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everyone who got it, as bare addresses in lower case."""
        return tuple(address_of(one) for one in (*self.to, *self.cc, *self.bcc))


class Mailbox:
    """The last thousand mails."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._mails: deque[Mail] = deque(maxlen=MAILS_KEPT)

    def __len__(self) -> int:
        return len(self._mails)

    def now(self) -> datetime:
        """Return the instant that a mail taken now is dated."""
        return self._clock.now()

    def take(self, mail: Mail) -> None:
        """Keep a mail; the oldest goes when there are too many."""
        self._mails.append(mail)

    def find(self, *, to: str = "") -> Iterator[Mail]:
        """Yield the mails to an address, or all, newest first."""
        wanted = address_of(to)
        for mail in reversed(self._mails):
            if not wanted or wanted in mail.recipients:
                yield mail

    def get(self, mail_id: str) -> Mail | None:
        """Return a mail by its id."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def clear(self) -> None:
        """Throw all away."""
        self._mails.clear()


def address_of(text: str) -> str:
    """Return the bare address in ``Name <address>``, in lower case; empty when there is none."""
    return parseaddr(text)[1].strip().lower()
