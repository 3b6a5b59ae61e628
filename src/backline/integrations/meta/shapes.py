"""What Graph sends, as far as we read it. A field that is not read is not declared.

Optional is what depends on a permission, on a role, or on how a token was made.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True):
    """The inside of an error. ``message`` is for developers, in English, and may quote what was sent."""

    code: int
    error_subcode: int | None = None
    is_transient: bool = False


class ProblemBody(msgspec.Struct, frozen=True):
    """An error. It comes with 4xx and 5xx, and now and then with 200."""

    error: Problem


class Token(msgspec.Struct, frozen=True):
    """An access token; ``expires_in`` in seconds, absent when it does not end."""

    access_token: str
    expires_in: int | None = None


class Permission(msgspec.Struct, frozen=True):
    """A permission and whether it is ``granted``, ``declined`` or ``expired``."""

    permission: str
    status: str


class Permissions(msgspec.Struct, frozen=True):
    """The permissions of a person."""

    data: tuple[Permission, ...] = ()


class Profile(msgspec.Struct, frozen=True):
    """``GET /me`` of somebody who signs in; without ``email`` where they have none or keep it to themselves."""

    id: str
    name: str = ""
    email: str = ""


class Me(msgspec.Struct, frozen=True):
    """``GET /me``."""

    id: str
    name: str = ""
    permissions: Permissions = Permissions()

    @property
    def granted(self) -> frozenset[str]:
        """What the person allows now."""
        return frozenset(one.permission for one in self.permissions.data if one.status == "granted")


class Cursors(msgspec.Struct, frozen=True):
    """Places in a list."""

    after: str = ""


class Paging(msgspec.Struct, frozen=True):
    """Where a list goes on. ``next`` holds our token, so the cursor is used instead."""

    cursors: Cursors = Cursors()
    next: str = ""

    @property
    def after(self) -> str:
        """The cursor of the next page, empty when there is none."""
        return self.cursors.after if self.next else ""


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list."""

    data: tuple[T, ...]
    paging: Paging = Paging()


class Instagram(msgspec.Struct, frozen=True):
    """The professional account of a Page."""

    id: str
    username: str = ""


class PictureData(msgspec.Struct, frozen=True):
    """Where a picture is."""

    url: str = ""


class Picture(msgspec.Struct, frozen=True):
    """A picture."""

    data: PictureData = PictureData()


class Page(msgspec.Struct, frozen=True):
    """A Page of ``/me/accounts``."""

    id: str
    name: str = ""
    link: str = ""
    tasks: tuple[str, ...] = ()
    picture: Picture = Picture()
    instagram_business_account: Instagram | None = None


class ClientPage(msgspec.Struct, frozen=True):
    """A Page that a business is partner of."""

    id: str
    permitted_tasks: tuple[str, ...] = ()


class PageRequest(msgspec.Struct, frozen=True):
    """A Page that a business asked for."""

    page: ClientPage


class AdAccount(msgspec.Struct, frozen=True):
    """An ad account; ``account_status`` is a number of Meta's."""

    account_status: int


class Done(msgspec.Struct, frozen=True):
    """Whatever Graph answers where only the success counts."""


class AppUsage(msgspec.Struct, frozen=True):
    """``X-App-Usage``: percent of the hour's quota."""

    call_count: float = 0
    total_time: float = 0
    total_cputime: float = 0


class AccountUsage(msgspec.Struct, frozen=True):
    """``X-Ad-Account-Usage``: percent of what may be asked about one ad account."""

    acc_id_util_pct: float = 0
    ads_api_access_tier: str = ""


class BusinessUsage(msgspec.Struct, frozen=True):
    """An entry of ``X-Business-Use-Case-Usage``; ``estimated_time_to_regain_access`` in minutes."""

    call_count: float = 0
    total_time: float = 0
    total_cputime: float = 0
    estimated_time_to_regain_access: float = 0
    ads_api_access_tier: str = ""
