"""The people at the stand-in of Meta, their Pages, Instagram accounts and ad accounts. All invented."""

from __future__ import annotations

from dataclasses import dataclass, field

TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")
"""What somebody with full control of a Page may do."""

NEW_TASKS = (
    "PROFILE_PLUS_ADVERTISE", "PROFILE_PLUS_ANALYZE", "PROFILE_PLUS_CREATE_CONTENT", "PROFILE_PLUS_FACEBOOK_ACCESS",
    "PROFILE_PLUS_FULL_CONTROL", "PROFILE_PLUS_MANAGE", "PROFILE_PLUS_MESSAGING", "PROFILE_PLUS_MODERATE",
)  # fmt: skip
"""The same on a Page of the new kind."""

PERMITTED_TASKS = (
    *TASKS, *NEW_TASKS, "GLOBAL_STRUCTURE_MANAGEMENT", "MANAGE_LEADS", "MODERATE_COMMUNITY", "PAGES_MESSAGING",
    "PAGES_MESSAGING_SUBSCRIPTIONS", "PROFILE_PLUS_CREATIVE_MANAGEMENT", "PROFILE_PLUS_CREATOR_MANAGEMENT",
    "PROFILE_PLUS_GLOBAL_STRUCTURE_MANAGEMENT", "PROFILE_PLUS_MANAGE_LEADS",
    "PROFILE_PLUS_MODERATE_DELEGATE_COMMUNITY", "PROFILE_PLUS_REVENUE", "READ_PAGE_MAILBOXES",
    "VIEW_MONETIZATION_INSIGHTS",
)  # fmt: skip
"""Everything that a partner or a person can be let do on a Page (Graph API v26)."""

ONE_PAGE = "10160000000000001"
NO_PAGE = "10160000000000002"
THREE_PAGES = "10160000000000003"
NO_INSTAGRAM = "10160000000000004"
OTHER_SCRIPTS = "10160000000000005"

OLEANDER = "201000000000001"
GLASS_HARBOUR = "201000000000002"
GLASS_HARBOUR_FANS = "201000000000003"
GLASS_HARBOUR_LIVE = "201000000000004"
KIOSK = "201000000000005"
LONG_NAME = "201000000000006"
ARABIC = "201000000000007"


@dataclass(slots=True)
class Instagram:
    """A professional account that belongs to a Page."""

    id: str
    username: str
    name: str


@dataclass(slots=True)
class Page:
    """A Page. ``tasks`` are those of the one person here who has it."""

    id: str
    name: str
    tasks: tuple[str, ...] = TASKS
    instagram: Instagram | None = None


@dataclass(slots=True)
class AdAccount:
    """An ad account; ``status`` is Meta's number."""

    id: str
    name: str
    status: int = 1
    currency: str = "EUR"
    timezone: str = "Europe/Berlin"
    disable_reason: int = 0


@dataclass(slots=True)
class Person:
    """A person. ``granted`` and ``declined`` are permissions of the app; both empty when it is not installed."""

    id: str
    name: str
    email: str
    note: str
    pages: list[Page] = field(default_factory=list)
    ad_accounts: list[AdAccount] = field(default_factory=list)
    businesses: list[tuple[str, str]] = field(default_factory=list)
    granted: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)


def people() -> dict[str, Person]:
    """Return everybody as at the start, by id."""
    everybody = (
        Person(
            ONE_PAGE,
            "Pilar Ocampo",
            "pilar@people.example",
            "one Page with Instagram",
            [Page(OLEANDER, "Oleander Pike", TASKS, Instagram("17841400000000001", "oleanderpike", "Oleander Pike"))],
            [AdAccount("310000000000001", "Pilar's ads")],
            [("410000000000001", "Oleander Pike Music")],
        ),
        Person(
            THREE_PAGES,
            "Ada Lindqvist",
            "ada@people.example",
            "three Pages: one that she may not advertise for, one without Instagram",
            [
                Page(
                    GLASS_HARBOUR,
                    "Glass Harbour",
                    TASKS,
                    Instagram("17841400000000002", "glassharbour", "Glass Harbour"),
                ),
                Page(GLASS_HARBOUR_FANS, "Glass Harbour Fans", ("ANALYZE", "MODERATE")),
                Page(GLASS_HARBOUR_LIVE, "Glass Harbour Live", NEW_TASKS),
            ],
            [
                AdAccount("310000000000002", "Glass Harbour EU"),
                AdAccount("310000000000003", "Glass Harbour US", 2, "USD", "America/New_York", 1),
                AdAccount("310000000000004", "Old account", 101),
            ],
            [("410000000000002", "Glass Harbour"), ("410000000000003", "Lindqvist Management")],
        ),
        Person(
            NO_INSTAGRAM,
            "Jonas Weber",
            "jonas@people.example",
            "one Page without Instagram",
            [Page(KIOSK, "Kiosk Nord")],
        ),
        Person(NO_PAGE, "Tom Birch", "tom@people.example", "no Page at all"),
        Person(
            OTHER_SCRIPTS,
            "佐藤 美咲",
            "misaki@people.example",
            "very long and non-Latin names",
            [
                Page(
                    LONG_NAME,
                    "The Extremely Long-Winded and Never Quite Finished Orchestra of the Lower Harbour, its Friends & "
                    "<Relations>, Live from the Old Customs House",
                    instagram=Instagram("17841400000000003", "long.winded.orchestra", "港のオーケストラ"),
                ),
                Page(ARABIC, "موسيقى الميناء القديم"),
            ],
        ),
    )
    return {person.id: person for person in everybody}
