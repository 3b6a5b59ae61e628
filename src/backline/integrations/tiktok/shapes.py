"""What TikTok sends, as far as we read it. A field that is not read is not declared."""

from __future__ import annotations

import msgspec


class LoginTokens(msgspec.Struct, frozen=True):
    """Login Kit's tokens; lives in seconds, ``scope`` with commas."""

    access_token: str
    expires_in: int
    open_id: str
    refresh_token: str
    refresh_expires_in: int
    scope: str = ""


class LoginProblem(msgspec.Struct, frozen=True):
    """Login Kit's token endpoint refuses."""

    error: str


class ApiProblem(msgspec.Struct, frozen=True):
    """Login Kit's other endpoints say how it went; ``ok`` is no problem."""

    code: str


class ApiProblemBody(msgspec.Struct, frozen=True):
    """Around :class:`ApiProblem`."""

    error: ApiProblem


class Profile(msgspec.Struct, frozen=True):
    """The signed-in person; what was not granted is absent."""

    open_id: str
    display_name: str = ""
    username: str = ""
    avatar_url: str = ""


class ProfileData(msgspec.Struct, frozen=True):
    """Around :class:`Profile`."""

    user: Profile


class ProfileBody(msgspec.Struct, frozen=True):
    """``GET /v2/user/info/``."""

    data: ProfileData


class Envelope(msgspec.Struct, frozen=True):
    """Around every answer of API for Business; code 0 is success, whatever the HTTP status."""

    code: int
    data: msgspec.Raw = msgspec.Raw(b"{}")


class BusinessTokens(msgspec.Struct, frozen=True):
    """``POST /oauth2/access_token/``: a token that lives until it is revoked."""

    access_token: str
    scope: tuple[int | str, ...] = ()


class Nothing(msgspec.Struct, frozen=True):
    """Data that is not read."""


class BusinessUser(msgspec.Struct, frozen=True):
    """``GET /user/info/``: who a token belongs to."""

    core_user_id: str | int
    display_name: str = ""


class AdvertiserId(msgspec.Struct, frozen=True):
    """An ad account that the person let us see."""

    advertiser_id: str


class AdvertiserIds(msgspec.Struct, frozen=True):
    """``GET /oauth2/advertiser/get/``."""

    list: tuple[AdvertiserId, ...]


class Advertiser(msgspec.Struct, frozen=True):
    """An ad account."""

    advertiser_id: str
    name: str
    status: str
    currency: str = ""


class Advertisers(msgspec.Struct, frozen=True):
    """``GET /advertiser/info/``."""

    list: tuple[Advertiser, ...]


class Center(msgspec.Struct, frozen=True):
    """A Business Center."""

    bc_id: str


class CenterRow(msgspec.Struct, frozen=True):
    """A Business Center and our person's role in it."""

    bc_info: Center


class Centers(msgspec.Struct, frozen=True):
    """``GET /bc/get/``."""

    list: tuple[CenterRow, ...]


class Identity(msgspec.Struct, frozen=True):
    """A name that ads can be shown under."""

    identity_id: str


class Identities(msgspec.Struct, frozen=True):
    """``GET /identity/get/``."""

    identity_list: tuple[Identity, ...]


class Pixel(msgspec.Struct, frozen=True):
    """A pixel."""

    pixel_id: str


class Pixels(msgspec.Struct, frozen=True):
    """``GET /pixel/list/``."""

    pixels: tuple[Pixel, ...]
