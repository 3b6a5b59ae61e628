from __future__ import annotations

import os
from importlib import resources

import pytest

from backline.integrations.manifest import Manifest
from backline.server import composition
from backline.settings import environment


def test_every_folder_of_an_integration_has_its_manifest_in_the_list() -> None:
    folders = {
        folder.name
        for folder in resources.files("backline.integrations").iterdir()
        if (folder / "manifest.py").is_file()
    }
    assert {manifest.key for manifest in composition.MANIFESTS} == folders


@pytest.mark.parametrize("manifest", composition.MANIFESTS, ids=lambda manifest: manifest.key)
def test_a_manifest_says_what_set_up_needs(manifest: Manifest) -> None:
    assert manifest.label
    assert manifest.home_url.startswith("https://")
    assert manifest.capabilities
    assert [setting for setting in manifest.settings if not setting.purpose.endswith(".")] == []


def test_the_addresses_of_the_manifests_are_those_of_production() -> None:
    given = {
        "BACKLINE_MODE": "production", "BACKLINE_SECRET_KEY": "x" * 50, "BACKLINE_SYNC_SECRET": "y" * 32,
        "BACKLINE_ENCRYPTION_KEYS": "A" * 43 + "=", "DATABASE_URL": "postgresql:///x",
        "PLAY_DATABASE_URL": "postgresql://play@/x", "BACKLINE_WEB_URL": "https://a.example",
        "BACKLINE_PLAY_URL": "https://b.example", "BACKLINE_CONTACT_EMAIL": "a@a.example", "SPOTIFY_CLIENT_ID": "i",
        "BACKLINE_MAIL_FROM": "a@a.example", "SPOTIFY_CLIENT_SECRET": "s", "RESEND_API_KEY": "r",
        "BACKLINE_HOME": os.environ["BACKLINE_HOME"],
    }  # fmt: skip
    settings = environment.read(given)
    real = {
        "SPOTIFY_ACCOUNTS_URL": settings.spotify.accounts_url,
        "SPOTIFY_API_URL": settings.spotify.api_url,
        "DEEZER_URL": settings.deezer.url,
        "ITUNES_URL": settings.itunes.url,
        "MUSICBRAINZ_URL": settings.musicbrainz.url,
        "ODESLI_URL": settings.odesli.url,
        "STORES_URL": settings.stores.url,
        "META_DIALOG_URL": settings.meta.dialog_url,
        "META_GRAPH_URL": settings.meta.graph_url,
        "META_BUSINESS_URL": settings.meta.business_url,
        "APPLE_MUSIC_URL": settings.apple_music.url,
        "TIKTOK_AUTH_URL": settings.tiktok.auth_url,
        "TIKTOK_OPEN_URL": settings.tiktok.open_url,
        "TIKTOK_PORTAL_URL": settings.tiktok.portal_url,
        "TIKTOK_BUSINESS_URL": settings.tiktok.business_url,
        "GOOGLE_AUTH_URL": settings.google.auth_url,
        "GOOGLE_TOKEN_URL": settings.google.token_url,
        "GOOGLE_REVOKE_URL": settings.google.revoke_url,
        "GOOGLE_CERTS_URL": settings.google.certs_url,
        "YOUTUBE_API_URL": settings.google.youtube_url,
        "YOUTUBE_STUDIO_URL": settings.google.studio_url,
        "GOOGLE_ADS_URL": settings.google.ads_url,
        "RESEND_URL": settings.mail.api_url,
        "FASTLY_URL": settings.edge.fastly_url,
        "YOUTUBE_URL": settings.films.youtube_url,
        "YOUTUBE_IMAGES_URL": settings.films.images_url,
    }
    assert {name: url for manifest in composition.MANIFESTS for name, url in manifest.base_urls} == real
