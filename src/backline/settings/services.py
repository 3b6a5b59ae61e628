"""What the settings say of each outside service: plain data, filled by :mod:`~backline.settings.environment`."""

from __future__ import annotations

from dataclasses import dataclass, field

SANDBOX_APPLE_MUSIC_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLZpdBnWhXEIg6D/s
oZz0DpNBlUm4SH5dH2I8gySK0r2hRANCAASIiB3gzx8LQ22/1yVGZQ2Lr4x/fBcD
dA+LE+DFOldAwd5D5aYXKwESIR6erA4JC/tcSdhChM5o80AYBzBohTav
-----END PRIVATE KEY-----"""
"""Signs our tokens for the sandbox's Apple Music. Not a secret: it is here for everybody to read."""


@dataclass(frozen=True, slots=True)
class SpotifySettings:
    """Spotify in app mode (client credentials)."""

    accounts_url: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A source of service links: where it is and how often it may be asked (requests per second)."""

    url: str
    requests_per_second: float
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """YouTube's public face, which needs no key: what a video is called, and its stills."""

    youtube_url: str
    images_url: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Outgoing mail through an HTTP API in the shape of Resend, or through SMTP where ``smtp_url`` is set."""

    api_url: str
    sender: str
    api_key: str = field(repr=False)
    smtp_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Caches in front of play: for how long they may keep a page, and how they are told that it changed.

    ``shared_seconds`` is 0 where no shared cache may keep a page.
    """

    shared_seconds: int = 0
    purge_urls: tuple[str, ...] = ()
    fastly_url: str = ""
    fastly_service_id: str = ""
    fastly_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MetaSettings:
    """The operator's app at Meta, and the business that becomes the partner of artists' Pages.

    Browsers are sent to ``dialog_url`` and ``business_url``. ``config_id`` and ``identity_config_id`` are of Facebook
    Login for Business; without one the classic login asks for the same permissions. The business and its ad account
    are asked with ``system_user_token``; ``ad_account_id`` has no ``act_``.
    """

    dialog_url: str
    graph_url: str
    business_url: str
    graph_version: str
    app_id: str
    config_id: str
    identity_config_id: str
    business_id: str
    ad_account_id: str
    app_secret: str = field(repr=False)
    system_user_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """The operator's app at Google, and the Google Ads account that shows the ads.

    Without a client id YouTube cannot be connected; without ``ads_refresh_token`` nobody asks Google Ads. Ids of
    customers are digits without hyphens.
    """

    auth_url: str
    token_url: str
    revoke_url: str
    certs_url: str
    youtube_url: str
    studio_url: str
    ads_url: str
    ads_version: str
    client_id: str
    ads_customer_id: str
    ads_login_customer_id: str
    client_secret: str = field(repr=False)
    ads_refresh_token: str = field(repr=False)
    ads_developer_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppleMusicSettings:
    """Apple Music's catalogue. ``private_key`` is a MusicKit key, the text of its ``.p8`` file.

    Without the key, or one of its ids, Apple's public search is asked instead.
    """

    url: str
    team_id: str
    key_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TiktokSettings:
    """The operator's two apps at TikTok: of Login Kit (``client_*``) and of API for Business (``app_*``).

    Browsers are sent to ``auth_url`` and ``portal_url``; the product itself asks ``open_url`` and ``business_url``.
    """

    auth_url: str
    open_url: str
    portal_url: str
    business_url: str
    client_key: str
    app_id: str
    client_secret: str = field(repr=False)
    app_secret: str = field(repr=False)

    @property
    def has_business(self) -> bool:
        """Tell whether advertisers can be asked."""
        return bool(self.app_id and self.app_secret)

    @property
    def has_login(self) -> bool:
        """Tell whether people can be asked who they are."""
        return bool(self.client_key and self.client_secret)
