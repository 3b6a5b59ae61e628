"""What Google sends, as far as we read it. A field that is not read is not declared."""

from __future__ import annotations

from typing import Any

import msgspec


class Token(msgspec.Struct, frozen=True):
    """What the token endpoint hands over; lives in seconds. ``scope`` parts scopes by spaces."""

    access_token: str
    expires_in: int
    scope: str = ""
    refresh_token: str = ""
    refresh_token_expires_in: int | None = None
    id_token: str = ""


class TokenProblem(msgspec.Struct, frozen=True):
    """The token endpoint refuses (RFC 6749, 5.2)."""

    error: str
    error_description: str = ""
    error_subtype: str = ""


class Keys(msgspec.Struct, frozen=True):
    """``GET /oauth2/v3/certs``: JWKs."""

    keys: tuple[dict[str, Any], ...]


class Claims(msgspec.Struct, frozen=True):
    """What an id token says of a person. ``hd`` is the Workspace domain that runs the account."""

    sub: str
    name: str = ""
    email: str = ""
    email_verified: bool = False
    hd: str = ""


class Picture(msgspec.Struct, frozen=True):
    """A thumbnail."""

    url: str


class Pictures(msgspec.Struct, frozen=True):
    """A channel's pictures; 88 and 240 pixels."""

    default: Picture | None = None
    medium: Picture | None = None


class Snippet(msgspec.Struct, frozen=True, rename="camel"):
    """How a channel presents itself; ``custom_url`` is its handle with ``@``."""

    title: str
    custom_url: str = ""
    thumbnails: Pictures = Pictures()


class Statistics(msgspec.Struct, frozen=True, rename="camel"):
    """A channel's figures; numbers come as text."""

    subscriber_count: str = ""
    hidden_subscriber_count: bool = False


class Channel(msgspec.Struct, frozen=True):
    """``channels.list``."""

    id: str
    snippet: Snippet
    statistics: Statistics = Statistics()


class Channels(msgspec.Struct, frozen=True, rename="camel"):
    """A page of channels; ``items`` is missing where there is none. ``kind`` tells it from an error inside a 200."""

    kind: str
    items: tuple[Channel, ...] = ()
    next_page_token: str = ""


class ApiReason(msgspec.Struct, frozen=True):
    """Why the YouTube Data API refuses."""

    reason: str = ""


class ApiError(msgspec.Struct, frozen=True):
    """The inside of its error."""

    errors: tuple[ApiReason, ...] = ()


class ApiProblem(msgspec.Struct, frozen=True):
    """The YouTube Data API refuses."""

    error: ApiError


class DataLink(msgspec.Struct, frozen=True, rename="camel"):
    """A link between a Google Ads account and a video; ``status`` is a ``DataLinkStatus``."""

    status: str = "UNSPECIFIED"


class AdsRow(msgspec.Struct, frozen=True, rename="camel"):
    """A row of a query."""

    data_link: DataLink


class AdsChunk(msgspec.Struct, frozen=True, rename="camel"):
    """A part of the answer to ``searchStream``; ``request_id`` tells it from an error inside a 200."""

    request_id: str
    results: tuple[AdsRow, ...] = ()


class QuotaDetails(msgspec.Struct, frozen=True, rename="camel"):
    """Which quota it was: ``rate_name`` such as "Get requests for standard access", ``retry_delay`` such as "30s"."""

    rate_name: str = ""
    retry_delay: str = ""


class AdsDetails(msgspec.Struct, frozen=True, rename="camel"):
    """More about an error."""

    quota_error_details: QuotaDetails = QuotaDetails()


class AdsError(msgspec.Struct, frozen=True, rename="camel"):
    """One error: ``error_code`` maps its kind, such as quotaError, to its name."""

    error_code: dict[str, str]
    details: AdsDetails = AdsDetails()


class AdsFailure(msgspec.Struct, frozen=True):
    """A ``GoogleAdsFailure``, or another detail without errors."""

    errors: tuple[AdsError, ...] = ()


class AdsStatus(msgspec.Struct, frozen=True):
    """The inside of the Google Ads API's error."""

    details: tuple[AdsFailure, ...] = ()


class AdsProblem(msgspec.Struct, frozen=True):
    """The Google Ads API refuses; a stream puts it into a list."""

    error: AdsStatus
