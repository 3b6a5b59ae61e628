"""The invented people of Google's stand-in, with their channels and videos."""

from __future__ import annotations

from dataclasses import dataclass, field

from backline.sandbox import identifiers

OPERATOR = "operator"
"""Whoever holds the Google Ads account; nobody to choose on the consent page."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VIDEOS = ("Official video", "Lyric video", "Live session", "Behind the song", "Visualiser")


@dataclass(frozen=True, slots=True)
class Video:
    """A video; ``seconds`` is its length."""

    id: str
    title: str
    seconds: int
    privacy: str = "public"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel. The title has at most 100 characters."""

    title: str
    handle: str
    country: str
    subscribers: int
    videos: tuple[Video, ...]

    @property
    def id(self) -> str:
        """``UC`` and 22 letters."""
        return "UC" + identifiers.text(_LETTERS, 22, "youtube channel", self.handle)

    @property
    def uploads(self) -> str:
        """The playlist that holds every video of the channel, newest first."""
        return "UU" + self.id[2:]


@dataclass(slots=True)
class Person:
    """A Google account. Who is not ``is_on_youtube`` never opened YouTube while signed in.

    ``workspace`` is the domain whose mailboxes Google runs; empty for an account with an address from elsewhere.
    """

    id: str
    name: str
    note: str
    channels: list[Channel] = field(default_factory=list)
    is_on_youtube: bool = True
    address: str = ""
    is_email_verified: bool = True
    workspace: str = "gmail.example"

    @property
    def subject(self) -> str:
        """What ``sub`` says: 21 digits that never change."""
        return str(10**20 + identifiers.small(18, "google account", self.id))

    @property
    def email(self) -> str:
        """The account's address."""
        return self.address or f"{self.id}@gmail.example"


def people() -> dict[str, Person]:
    """Return everybody, as at the start."""
    long_title = "The Orchestra of People Who Could Not Agree on a Name and Therefore Kept Every Single One of Them, OK"
    everybody = (
        Person("maya", "Maya Okafor", "one channel", [_channel("Maya Okafor", "mayaokafor", "NG", 48_200)]),
        Person(
            "lena",
            "Lena Winter",
            "three channels, two of one name",
            [
                _channel("Lena Winter", "lenawinter", "DE", 12_750),
                _channel("Lena Winter", "lenawinter-live", "DE", 310),
                _channel("Nordlicht Records", "nordlichtrecords", "DE", 96_400),
            ],
        ),
        Person("tomas", "Tomás Herrera", "no channel"),
        Person("noor", "Noor Haddad", "never signed up to YouTube", is_on_youtube=False),
        Person(
            "bureau",
            "Bureau of Names",
            "very long and non-Latin channel names",
            [
                _channel(long_title[:100], "everysingleone", "GB", 7),
                _channel("浜崎さくら・オフィシャルチャンネル", "sakura-official", "JP", 1_204_000),
                _channel("فرقة النور الموسيقية", "alnoorband", "EG", 88_300),
            ],
        ),
        Person(OPERATOR, "Ads Operator", "holds the Google Ads account"),
    )
    return {person.id: person for person in everybody}


def _channel(title: str, handle: str, country: str, subscribers: int) -> Channel:
    videos = tuple(
        Video(
            identifiers.text(_LETTERS, 11, "youtube video", handle, place),
            f"{title}: {kind}"[:100],
            60 + identifiers.small(3, "length", handle, place) % 240,
            "private" if place == 3 else "public",
        )
        for place, kind in enumerate(_VIDEOS)
    )
    return Channel(title, handle, country, subscribers, videos)
