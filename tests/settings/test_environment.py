from __future__ import annotations

import base64
from pathlib import Path

import pytest

from backline.settings.environment import DEFAULT_SECRET, SettingError, read
from backline.settings.services import SANDBOX_APPLE_MUSIC_KEY

KEY = base64.urlsafe_b64encode(b"\xff" * 32).decode()
PRODUCTION = {
    "BACKLINE_MODE": "production",
    "BACKLINE_SECRET_KEY": "k" * 50,
    "BACKLINE_SYNC_SECRET": "s" * 32,
    "BACKLINE_ENCRYPTION_KEYS": KEY,
    "BACKLINE_WEB_URL": "https://app.label.example",
    "BACKLINE_PLAY_URL": "https://play.label.example",
    "BACKLINE_CONTACT_EMAIL": "help@label.example",
    "BACKLINE_MAIL_FROM": "Label <help@label.example>",
    "DATABASE_URL": "postgresql://db.internal/backline",
    "PLAY_DATABASE_URL": "postgresql://backline_play@db.internal/backline",
    "SPOTIFY_CLIENT_ID": "id",
    "SPOTIFY_CLIENT_SECRET": "secret",
    "RESEND_API_KEY": "key",
}


def test_with_nothing_set_everything_points_at_the_sandbox() -> None:
    settings = read({})
    assert (settings.mode, settings.web_port, settings.play_port, settings.sandbox_port) == (
        "sandbox",
        8000,
        8001,
        8002,
    )
    assert settings.spotify.api_url == "http://127.0.0.1:8002/spotify/v1"
    assert (settings.web_url, settings.play_url) == ("http://localhost:8000", "http://127.0.0.1:8001")


def test_ports_and_state_folder_come_from_the_environment(tmp_path: Path) -> None:
    settings = read({"BACKLINE_PLAY_PORT": "9001", "BACKLINE_SANDBOX_PORT": "9002", "BACKLINE_HOME": str(tmp_path)})
    assert (settings.play_url, settings.deezer.url) == ("http://127.0.0.1:9001", "http://127.0.0.1:9002/deezer")
    assert settings.spool_folder == tmp_path / "spool"


def test_a_secret_may_be_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    assert read({"BACKLINE_SECRET_KEY_FILE": str(file)}).secret_key == "from a file"
    with pytest.raises(SettingError, match="BACKLINE_SECRET_KEY_FILE"):
        read({"BACKLINE_SECRET_KEY_FILE": str(tmp_path / "absent")})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BACKLINE_MODE", "test"),
        ("BACKLINE_WEB_PORT", "eighty"),
        ("BACKLINE_WEB_PORT", "70000"),
        ("BACKLINE_PLAY_URL", "ftp://x"),
        ("DEEZER_REQUESTS_PER_SECOND", "-1"),
        ("BACKLINE_ENCRYPTION_KEYS", "a" * 44),
        ("BACKLINE_ENCRYPTION_KEYS", "not base64!"),
        ("BACKLINE_ENCRYPTION_KEYS", f"{KEY} {base64.b64encode(b'short').decode()}"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        read({name: value})


def test_production_starts_on_its_own_secrets_and_real_services() -> None:
    settings = read(PRODUCTION)
    assert settings.is_production
    assert settings.spotify.api_url == "https://api.spotify.com/v1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BACKLINE_SECRET_KEY", DEFAULT_SECRET),
        ("BACKLINE_SECRET_KEY", "short"),
        ("BACKLINE_SYNC_SECRET", ""),
        ("BACKLINE_ENCRYPTION_KEYS", ""),
        ("BACKLINE_WEB_URL", "http://app.label.example"),
        ("DATABASE_URL", ""),
        ("PLAY_DATABASE_URL", ""),
        ("PLAY_DATABASE_URL", PRODUCTION["DATABASE_URL"]),
        ("SPOTIFY_CLIENT_SECRET", "sandbox"),
        ("RESEND_API_KEY", ""),
        ("BACKLINE_SANDBOX_CATALOG", "tracks.csv"),
        ("DEEZER_URL", "http://127.0.0.1:8002/deezer"),
        ("TIKTOK_APP_SECRET", "sandbox"),
        ("TIKTOK_CLIENT_SECRET", "sandbox"),
        ("TIKTOK_PORTAL_URL", "http://127.0.0.1:8002/tiktok/business"),
        ("APPLE_MUSIC_PRIVATE_KEY", SANDBOX_APPLE_MUSIC_KEY),
        ("APPLE_MUSIC_URL", "http://127.0.0.1:8002/apple-music/v1"),
    ],
)
def test_production_refuses_default_secrets_and_the_sandbox(name: str, value: str) -> None:
    with pytest.raises(SettingError, match="Production mode cannot start"):
        read(PRODUCTION | {name: value})


def test_keys_are_taken_newest_first_in_both_alphabets_of_base64() -> None:
    other = base64.b64encode(b"\xfe" * 32).decode()
    assert read({"BACKLINE_ENCRYPTION_KEYS": f"{KEY},{other}"}).encryption_keys == (KEY, other)


def test_a_bad_key_is_not_printed() -> None:
    with pytest.raises(SettingError) as refused:
        read({"BACKLINE_ENCRYPTION_KEYS": "almost-a-key"})
    assert "almost-a-key" not in str(refused.value)


def test_the_dashboard_answers_to_its_own_names_only() -> None:
    from backline.settings.django import allowed_hosts

    assert allowed_hosts(read({"BACKLINE_WEB_URL": "http://music.lan:8000"})) == [
        "music.lan",
        "localhost",
        "127.0.0.1",
        "[::1]",
    ]
    assert allowed_hosts(read(PRODUCTION)) == ["app.label.example"]
    assert allowed_hosts(read({"BACKLINE_WEB_URL": "http://[fd00::1]:8000"}))[0] == "[fd00::1]"


def test_secrets_do_not_show_in_a_printed_setting() -> None:
    assert "k" * 50 not in repr(read(PRODUCTION))


def test_a_platform_without_settings_is_not_there_in_production() -> None:
    settings = read(PRODUCTION)
    assert (settings.tiktok.has_business, settings.tiktok.has_login) == (False, False)
    assert (settings.apple_music.team_id, settings.apple_music.key_id, settings.apple_music.private_key) == ("", "", "")
