"""Every setting of the product, read from the environment in one place.

A setting ``X`` may also be given as ``X_FILE``, the path of a file that holds it: use that
for secrets. This module imports no Django, so that ``play`` can use it.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backline.contract.languages import LANGUAGES
from backline.settings.reading import Reader, SettingError, clickhouse_url
from backline.settings.services import (
    SANDBOX_APPLE_MUSIC_KEY,
    AppleMusicSettings,
    EdgeSettings,
    FilmSettings,
    GoogleSettings,
    MailSettings,
    MetaSettings,
    SourceSettings,
    SpotifySettings,
    TiktokSettings,
)

__all__ = (
    "EdgeSettings",
    "FilmSettings",
    "GoogleSettings",
    "MailSettings",
    "SettingError",
    "SourceSettings",
    "SpotifySettings",
    "clickhouse_url",
)

Mode = Literal["sandbox", "production"]

DEFAULT_SECRET = "not a secret: made for the sandbox, refused in production"  # noqa: S105
SANDBOX_SPOTIFY_CLIENT_ID = "5a4d0b0c0ffee0000000000000backline"
SANDBOX_GOOGLE_CLIENT_ID = "100200300400-backline.apps.googleusercontent.com"
SANDBOX_GOOGLE_ADS_CUSTOMER_ID = "1234567890"
SANDBOX_META_APP_ID = "1200300400500600"
SANDBOX_META_BUSINESS_ID = "500000000000001"
SANDBOX_META_AD_ACCOUNT_ID = "300000000000001"
SANDBOX_CREDENTIAL = "sandbox"
# Made for examples and of nobody (RFC 2606): shops and websites of invented artists.
SANDBOX_DESTINATION_HOSTS = ("example", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class Environment:
    """All settings. ``*_url`` have no trailing slash; of ``public_languages`` the first is for everybody else."""

    mode: Mode
    home: Path
    web_port: int
    play_port: int
    sandbox_port: int
    worker_port: int
    bind_host: str
    web_url: str
    play_url: str
    sandbox_url: str
    database_url: str = field(repr=False)
    play_database_url: str = field(repr=False)
    events_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    sync_secret: str = field(repr=False)
    metrics_token: str = field(repr=False)
    sandbox_catalog: str
    trusted_proxies: tuple[str, ...]
    country_header: str
    public_languages: tuple[str, ...]
    geo_database: str
    asn_database: str
    contact_email: str
    artists_per_organization: int
    review_from_popularity: int | None
    destination_hosts: tuple[str, ...]
    worker_threads: int
    play_processes: int
    events_kept_days: int
    spool_copies_days: int
    spool_limit_bytes: int
    spotify: SpotifySettings
    deezer: SourceSettings
    itunes: SourceSettings
    musicbrainz: SourceSettings
    odesli: SourceSettings
    stores: SourceSettings
    meta: MetaSettings
    google: GoogleSettings
    apple_music: AppleMusicSettings
    tiktok: TiktokSettings
    films: FilmSettings
    mail: MailSettings
    edge: EdgeSettings = field(default_factory=EdgeSettings)

    @property
    def is_production(self) -> bool:
        """Tell whether real services and real secrets are demanded."""
        return self.mode == "production"

    @property
    def spool_folder(self) -> Path:
        """Where play processes write events."""
        return self.home / "spool"

    @property
    def lake_folder(self) -> Path:
        """Where the event lake's Parquet files lie."""
        return self.home / "lake"

    @property
    def copies_folder(self) -> Path:
        """Where copies of shipped spool ranges are kept, if they are wanted."""
        return self.home / "copies"

    @property
    def media_folder(self) -> Path:
        """Where artwork lies, named by content."""
        return self.home / "media"

    @property
    def exports_folder(self) -> Path:
        """Where exports of raw events wait for their download; in no backup."""
        return self.home / "exports"

    @property
    def postgres_folder(self) -> Path:
        """Where the embedded PostgreSQL keeps its data."""
        return self.home / "postgres"


def read(environ: Mapping[str, str]) -> Environment:
    """Read every setting from ``environ``; raises :class:`SettingError` for the first bad one."""
    get = Reader(environ)
    mode = get.text("BACKLINE_MODE", "sandbox")
    if mode not in ("sandbox", "production"):
        raise SettingError(f"BACKLINE_MODE must be sandbox or production, not {mode!r}.")
    real = mode == "production"
    web_port = get.whole("BACKLINE_WEB_PORT", 8000, low=1, high=65535)
    play_port = get.whole("BACKLINE_PLAY_PORT", 8001, low=1, high=65535)
    sandbox_port = get.whole("BACKLINE_SANDBOX_PORT", 8002, low=1, high=65535)
    sandbox_url = get.url("BACKLINE_SANDBOX_URL", f"http://127.0.0.1:{sandbox_port}")

    def outside(name: str, production: str, sandbox_path: str) -> str:
        return get.url(name, production if real else sandbox_url + sandbox_path)

    def credential(name: str) -> str:
        return get.text(name, "" if real else SANDBOX_CREDENTIAL)

    environment = Environment(
        mode="production" if real else "sandbox",
        home=Path(get.text("BACKLINE_HOME", "var")).resolve(),
        web_port=web_port,
        play_port=play_port,
        sandbox_port=sandbox_port,
        worker_port=get.whole("BACKLINE_WORKER_PORT", min(65535, sandbox_port + 1), low=1, high=65535),
        bind_host=get.text("BACKLINE_BIND", "127.0.0.1"),
        # By name: browsers tie a passkey to a name and refuse it at a bare IP address.
        web_url=get.url("BACKLINE_WEB_URL", f"http://localhost:{web_port}"),
        play_url=get.url("BACKLINE_PLAY_URL", f"http://127.0.0.1:{play_port}"),
        sandbox_url=sandbox_url,
        database_url=get.text("DATABASE_URL"),
        play_database_url=get.text("PLAY_DATABASE_URL"),
        events_url=clickhouse_url("EVENTS_URL", get.text("EVENTS_URL")),
        secret_key=get.text("BACKLINE_SECRET_KEY", DEFAULT_SECRET),
        encryption_keys=get.keys("BACKLINE_ENCRYPTION_KEYS"),
        sync_secret=get.text("BACKLINE_SYNC_SECRET", DEFAULT_SECRET),
        metrics_token=get.text("BACKLINE_METRICS_TOKEN", "" if real else SANDBOX_CREDENTIAL),
        sandbox_catalog=get.text("BACKLINE_SANDBOX_CATALOG"),
        trusted_proxies=get.words("BACKLINE_TRUSTED_PROXIES"),
        country_header=get.text("BACKLINE_COUNTRY_HEADER").lower(),
        public_languages=_languages(get.words("BACKLINE_PUBLIC_LANGUAGES")),
        geo_database=get.text("BACKLINE_GEO_DATABASE"),
        asn_database=get.text("BACKLINE_ASN_DATABASE"),
        contact_email=get.text("BACKLINE_CONTACT_EMAIL", "" if real else "operator@backline.example"),
        artists_per_organization=get.whole("BACKLINE_ARTISTS_PER_ORGANIZATION", 10, low=1, high=100_000),
        # In the sandbox the stars are invented, so nobody's claim to them is doubtful.
        review_from_popularity=_or_none(
            get.whole("BACKLINE_REVIEW_FROM_POPULARITY", 80 if real else 101, low=0, high=101)
        ),
        destination_hosts=_hosts(get.words("BACKLINE_DESTINATION_HOSTS"))
        or (() if real else SANDBOX_DESTINATION_HOSTS),
        worker_threads=get.whole("BACKLINE_WORKER_THREADS", 8, low=1, high=256),
        play_processes=get.whole("BACKLINE_PLAY_PROCESSES", 1, low=1, high=256),
        events_kept_days=get.whole("BACKLINE_EVENTS_KEPT_DAYS", 0, low=0, high=36_500),
        spool_copies_days=get.whole("BACKLINE_SPOOL_COPIES_DAYS", 0, low=0, high=90),
        spool_limit_bytes=get.whole("BACKLINE_SPOOL_MEBIBYTES", 8_192, low=16, high=8_388_608) * 1024 * 1024,
        spotify=SpotifySettings(
            accounts_url=outside("SPOTIFY_ACCOUNTS_URL", "https://accounts.spotify.com", "/spotify/accounts"),
            api_url=outside("SPOTIFY_API_URL", "https://api.spotify.com/v1", "/spotify/v1"),
            client_id=get.text("SPOTIFY_CLIENT_ID", "" if real else SANDBOX_SPOTIFY_CLIENT_ID),
            client_secret=credential("SPOTIFY_CLIENT_SECRET"),
        ),
        deezer=SourceSettings(
            url=outside("DEEZER_URL", "https://api.deezer.com", "/deezer"),
            requests_per_second=get.rate("DEEZER_REQUESTS_PER_SECOND", 10 if real else 500),
        ),
        itunes=SourceSettings(
            url=outside("ITUNES_URL", "https://itunes.apple.com", "/itunes"),
            requests_per_second=get.rate("ITUNES_REQUESTS_PER_SECOND", 0.33 if real else 500),
        ),
        musicbrainz=SourceSettings(
            url=outside("MUSICBRAINZ_URL", "https://musicbrainz.org/ws/2", "/musicbrainz/ws/2"),
            requests_per_second=get.rate("MUSICBRAINZ_REQUESTS_PER_SECOND", 1 if real else 500),
        ),
        odesli=SourceSettings(
            url=outside("ODESLI_URL", "https://api.song.link/v1-alpha.1", "/odesli/v1-alpha.1"),
            requests_per_second=get.rate("ODESLI_REQUESTS_PER_SECOND", 0.16 if real else 500),
            key=get.text("ODESLI_KEY"),
        ),
        stores=SourceSettings(
            url=outside("STORES_URL", "", "/stores"),
            requests_per_second=get.rate("STORES_REQUESTS_PER_SECOND", 2 if real else 500),
        ),
        meta=MetaSettings(
            dialog_url=outside("META_DIALOG_URL", "https://www.facebook.com", "/meta/www"),
            graph_url=outside("META_GRAPH_URL", "https://graph.facebook.com", "/meta/graph"),
            business_url=outside("META_BUSINESS_URL", "https://business.facebook.com", "/meta/business"),
            graph_version=get.text("META_GRAPH_VERSION", "v26.0"),
            app_id=get.digits("META_APP_ID", "" if real else SANDBOX_META_APP_ID),
            config_id=get.digits("META_CONFIG_ID"),
            identity_config_id=get.digits("META_IDENTITY_CONFIG_ID"),
            business_id=get.digits("META_BUSINESS_ID", "" if real else SANDBOX_META_BUSINESS_ID),
            ad_account_id=get.digits("META_AD_ACCOUNT_ID", "" if real else SANDBOX_META_AD_ACCOUNT_ID),
            app_secret=credential("META_APP_SECRET"),
            system_user_token=credential("META_SYSTEM_USER_TOKEN"),
        ),
        google=GoogleSettings(
            auth_url=outside(
                "GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth", "/google/accounts/o/oauth2/v2/auth"
            ),
            token_url=outside("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token", "/google/oauth2/token"),
            revoke_url=outside("GOOGLE_REVOKE_URL", "https://oauth2.googleapis.com/revoke", "/google/oauth2/revoke"),
            certs_url=outside(
                "GOOGLE_CERTS_URL", "https://www.googleapis.com/oauth2/v3/certs", "/google/oauth2/v3/certs"
            ),
            youtube_url=outside("YOUTUBE_API_URL", "https://youtube.googleapis.com", "/google/youtube"),
            studio_url=outside("YOUTUBE_STUDIO_URL", "https://studio.youtube.com", "/google/studio"),
            ads_url=outside("GOOGLE_ADS_URL", "https://googleads.googleapis.com", "/google/ads"),
            ads_version=get.text("GOOGLE_ADS_VERSION", "v26"),
            client_id=get.text("GOOGLE_CLIENT_ID", "" if real else SANDBOX_GOOGLE_CLIENT_ID),
            client_secret=credential("GOOGLE_CLIENT_SECRET"),
            ads_customer_id=get.digits("GOOGLE_ADS_CUSTOMER_ID", "" if real else SANDBOX_GOOGLE_ADS_CUSTOMER_ID),
            ads_login_customer_id=get.digits("GOOGLE_ADS_LOGIN_CUSTOMER_ID"),
            ads_refresh_token=credential("GOOGLE_ADS_REFRESH_TOKEN"),
            ads_developer_token=get.text("GOOGLE_ADS_DEVELOPER_TOKEN"),
        ),
        apple_music=AppleMusicSettings(
            url=outside("APPLE_MUSIC_URL", "https://api.music.apple.com/v1", "/apple-music/v1"),
            team_id=get.text("APPLE_MUSIC_TEAM_ID", "" if real else "SANDBOXTEA"),
            key_id=get.text("APPLE_MUSIC_KEY_ID", "" if real else "SANDBOXKEY"),
            private_key=get.text("APPLE_MUSIC_PRIVATE_KEY", "" if real else SANDBOX_APPLE_MUSIC_KEY),
        ),
        tiktok=TiktokSettings(
            auth_url=outside("TIKTOK_AUTH_URL", "https://www.tiktok.com", "/tiktok/www"),
            open_url=outside("TIKTOK_OPEN_URL", "https://open.tiktokapis.com", "/tiktok/open"),
            portal_url=outside("TIKTOK_PORTAL_URL", "https://business-api.tiktok.com", "/tiktok/business"),
            business_url=outside("TIKTOK_BUSINESS_URL", "https://business-api.tiktok.com", "/tiktok/business"),
            client_key=credential("TIKTOK_CLIENT_KEY"),
            app_id=get.digits("TIKTOK_APP_ID", "" if real else "7300000000000000001"),
            client_secret=credential("TIKTOK_CLIENT_SECRET"),
            app_secret=credential("TIKTOK_APP_SECRET"),
        ),
        films=FilmSettings(
            youtube_url=outside("YOUTUBE_URL", "https://www.youtube.com", "/youtube/www"),
            images_url=outside("YOUTUBE_IMAGES_URL", "https://i.ytimg.com", "/youtube/ytimg"),
        ),
        mail=MailSettings(
            api_url=outside("RESEND_URL", "https://api.resend.com", "/resend"),
            sender=get.text("BACKLINE_MAIL_FROM", "" if real else "Backline <hello@backline.example>"),
            api_key=credential("RESEND_API_KEY"),
            smtp_url=get.text("SMTP_URL"),
        ),
        edge=EdgeSettings(
            shared_seconds=get.whole("BACKLINE_SHARED_CACHE_SECONDS", 0, low=0, high=86_400),
            purge_urls=get.words("BACKLINE_PURGE_URLS"),
            fastly_url=outside("FASTLY_URL", "https://api.fastly.com", "/fastly"),
            fastly_service_id=get.text("FASTLY_SERVICE_ID"),
            fastly_key=credential("FASTLY_API_KEY"),
        ),
    )
    if environment.edge.shared_seconds and not environment.country_header:
        raise SettingError(
            "BACKLINE_SHARED_CACHE_SECONDS needs BACKLINE_COUNTRY_HEADER: a cache has to keep a page once per country."
        )
    for url in environment.edge.purge_urls:
        if not url.startswith(("http://", "https://")):
            raise SettingError(f"BACKLINE_PURGE_URLS must hold http or https addresses, not {url!r}.")
    if real:
        _refuse_unsafe(environment)
    return environment


def _refuse_unsafe(environment: Environment) -> None:
    """Refuse a production set-up that would run on default secrets or on the sandbox."""
    e = environment
    outside = (
        e.spotify.accounts_url, e.spotify.api_url, e.deezer.url, e.itunes.url, e.musicbrainz.url, e.odesli.url,
        e.meta.dialog_url, e.meta.graph_url, e.meta.business_url, e.google.auth_url, e.google.token_url,
        e.google.revoke_url, e.google.certs_url, e.google.youtube_url, e.google.studio_url, e.google.ads_url,
        e.apple_music.url, e.tiktok.auth_url, e.tiktok.open_url, e.tiktok.portal_url, e.tiktok.business_url,
        e.films.youtube_url, e.films.images_url, e.mail.api_url, e.edge.fastly_url, e.stores.url,
    )  # fmt: skip
    own_secret = e.secret_key != DEFAULT_SECRET and len(e.secret_key) >= 50
    own_sync_secret = e.sync_secret != DEFAULT_SECRET and len(e.sync_secret) >= 32
    is_https = e.web_url.startswith("https://") and e.play_url.startswith("https://")
    good_metrics_token = not e.metrics_token or len(e.metrics_token) >= 32
    has_spotify = bool(e.spotify.client_id and e.spotify.client_secret)
    has_sandbox_credential = SANDBOX_CREDENTIAL in (
        e.spotify.client_secret, e.mail.api_key, e.google.client_secret, e.google.ads_refresh_token,
        e.tiktok.client_secret, e.tiktok.app_secret, e.meta.app_secret, e.meta.system_user_token,
    ) or e.apple_music.private_key == SANDBOX_APPLE_MUSIC_KEY  # fmt: skip
    points_at_sandbox = any(url.startswith(e.sandbox_url) for url in outside)
    demands = (
        (own_secret, "BACKLINE_SECRET_KEY must be your own, of at least 50 random characters."),
        (own_sync_secret, "BACKLINE_SYNC_SECRET must be your own, of at least 32 random characters."),
        (good_metrics_token, "BACKLINE_METRICS_TOKEN must be of at least 32 random characters, or unset."),
        (bool(e.encryption_keys), "BACKLINE_ENCRYPTION_KEYS must hold a key (make one with `backline keys new`)."),
        (bool(e.database_url), "DATABASE_URL must name a PostgreSQL 15 or newer."),
        (bool(e.play_database_url), "PLAY_DATABASE_URL must name the same database with a role of play's own."),
        (e.play_database_url != e.database_url, "PLAY_DATABASE_URL must not be DATABASE_URL: play owns no tables."),
        (is_https, "BACKLINE_WEB_URL and BACKLINE_PLAY_URL must be https addresses."),
        (bool(e.contact_email), "BACKLINE_CONTACT_EMAIL must be set: fans and outside services are given it."),
        (bool(e.mail.sender), "BACKLINE_MAIL_FROM must be set."),
        (bool(e.mail.api_key or e.mail.smtp_url), "RESEND_API_KEY or SMTP_URL must be set, or no mail goes out."),
        (has_spotify, "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET must be set."),
        (not has_sandbox_credential, "A sandbox credential is set; production talks to the real services only."),
        (not points_at_sandbox, "An outside service points at the sandbox, which production refuses."),
        (not e.sandbox_catalog, "BACKLINE_SANDBOX_CATALOG is set; production refuses the sandbox."),
    )
    problems = [message for is_met, message in demands if not is_met]
    if problems:
        raise SettingError("Production mode cannot start:\n- " + "\n- ".join(problems))


def _languages(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages of the public pages: these, or all."""
    for tag in tags:
        if tag not in LANGUAGES:
            raise SettingError(f"BACKLINE_PUBLIC_LANGUAGES must hold some of {' '.join(LANGUAGES)}, not {tag!r}.")
    return tuple(dict.fromkeys(tags or LANGUAGES))


def _hosts(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return hosts as addresses are kept, in ASCII and lower case; ``*`` stands for any."""
    for word in words:
        if word != "*" and not re.fullmatch(r"[^\s/:@*?#]+\.[^\s/:@*?#.]+", word):
            raise SettingError(f"BACKLINE_DESTINATION_HOSTS must hold hosts such as halla.com, or *, not {word!r}.")
    try:
        return tuple(word.encode("idna").decode("ascii").lower() for word in words)
    except UnicodeError:
        raise SettingError("BACKLINE_DESTINATION_HOSTS holds a name that no host can have.") from None


def _or_none(popularity: int) -> int | None:
    """Turn 101, which no artist reaches, into never."""
    return None if popularity > 100 else popularity


@functools.cache
def current() -> Environment:
    """Return the settings of this process, read once from ``os.environ``."""
    return read(os.environ)
