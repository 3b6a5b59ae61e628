"""The invented people of TikTok's stand-in, with their profiles, advertiser accounts and Business Centers."""

from __future__ import annotations

from dataclasses import dataclass, field

from backline.sandbox import identifiers

ADVERTISER_STATUSES = (
    "STATUS_ENABLE", "STATUS_DISABLE", "STATUS_LIMIT", "STATUS_CONTRACT_PENDING", "STATUS_PENDING_CONFIRM",
    "STATUS_PENDING_CONFIRM_MODIFY", "STATUS_PENDING_VERIFIED", "STATUS_SELF_SERVICE_UNAUDITED",
    "STATUS_WAIT_FOR_BPM_AUDIT", "STATUS_WAIT_FOR_PUBLIC_AUTH", "STATUS_CONFIRM_FAIL", "STATUS_CONFIRM_FAIL_END",
    "STATUS_CONFIRM_MODIFY_FAIL",
)  # fmt: skip
"""Every status that TikTok gives an advertiser (enumeration "Advertiser Status")."""


@dataclass(slots=True)
class Advertiser:
    """An ad account. ``identities`` are display names that ads can be shown under, ``pixels`` names of pixels."""

    name: str
    status: str = "STATUS_ENABLE"
    currency: str = "USD"
    identities: list[str] = field(default_factory=list)
    pixels: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Nineteen digits that never change."""
        return str(identifiers.small(19, "tiktok advertiser", self.name))


@dataclass(slots=True)
class Person:
    """Somebody with a TikTok account. ``centers`` are names of Business Centers that they are in."""

    id: str
    name: str
    username: str
    note: str
    advertisers: list[Advertiser] = field(default_factory=list)
    centers: list[str] = field(default_factory=list)

    @property
    def open_id(self) -> str:
        """What Login Kit knows them by, in this app."""
        return "-000" + identifiers.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 32, self.id)

    @property
    def core_user_id(self) -> str:
        """What TikTok for Business knows them by."""
        return str(identifiers.small(19, "tiktok business user", self.id))


def people() -> dict[str, Person]:
    """Return everybody, as at the start."""
    everybody = (
        Person(
            "mira", "Mira Calloway", "miracalloway", "one advertiser, everything set up",
            [Advertiser("Calloway Music", identities=["miracalloway"], pixels=["calloway.example"])],
            ["Calloway House"],
        ),
        Person(
            "bram", "Bram Ostrander", "bramostrander", "three advertisers: ready, punished, in review",
            [
                Advertiser("Ostrander Records", identities=["Ostrander"], pixels=["ostrander.example"], currency="EUR"),
                Advertiser("Ostrander Merch", "STATUS_LIMIT", "EUR"),
                Advertiser("Ostrander Live", "STATUS_PENDING_CONFIRM", "EUR"),
            ],
            ["Ostrander Group"],
        ),
        Person(
            "sol", "Sol Adeyemi", "soladeyemi", "one advertiser, and no Business Center, identity or pixel",
            [Advertiser("Sol Adeyemi")],
        ),
        Person("nils", "Nils Varga", "nilsvarga", "no advertiser"),
        Person(
            "hoshi", "星屑のオーケストラ・オフィシャルアカウント・音楽と映像とその他たくさんのこと", "hoshikuzu",
            "a long name in another script, and a punished advertiser",
            [Advertiser("星屑レコード株式会社 東京第一広告アカウント", "STATUS_LIMIT", "JPY")],
        ),
    )  # fmt: skip
    return {person.id: person for person in everybody}
