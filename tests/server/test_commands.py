"""The command line: what it prints, in which form, with which exit code; never a traceback for an expected problem."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.stack import Stack, running_stack

from backline.sandbox import invented
from backline.server import cli
from backline.settings import environment

SPOTIFY = "https://open.spotify.com/artist/"
COMMANDS = ("up", "web", "play", "worker", "sandbox", "migrate", "doctor", "backup", "restore", "bench")
COMMANDS += ("artist", "stats", "export", "import-links", "keys", "operator")


def _backline(*words: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backline.server", *words],
        env={**os.environ, **settings},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_and_loads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    named = [line.split()[0] for line in said.splitlines() if line.startswith("    ") and line.strip()]
    assert [command for command in COMMANDS if command not in named] == []
    began = time.monotonic()
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "backline.server", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "django" not in loaded.stderr
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: backline" in capsys.readouterr().out


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_new_keys_are_accepted_by_production(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["keys", "new"]) == 0
    made = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    settings = environment.read(
        {
            **made,
            "BACKLINE_MODE": "production",
            "DATABASE_URL": "postgresql://db/backline",
            "PLAY_DATABASE_URL": "postgresql://backline_play@db/backline",
            "BACKLINE_WEB_URL": "https://dash.example",
            "BACKLINE_PLAY_URL": "https://play.example",
            "BACKLINE_CONTACT_EMAIL": "operator@dash.example",
            "BACKLINE_MAIL_FROM": "hello@dash.example",
            "RESEND_API_KEY": "re_own",
            "SPOTIFY_CLIENT_ID": "id",
            "SPOTIFY_CLIENT_SECRET": "own",
        }
    )
    assert settings.is_production
    assert cli.run(["keys", "new"]) == 0
    again = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert [name for name in made if made[name] == again[name]] == []


@pytest.mark.parametrize(
    ("words", "settings", "fix"),
    [
        (("web",), {"BACKLINE_WEB_PORT": "many"}, "BACKLINE_WEB_PORT must be a whole number"),
        (("doctor",), {"BACKLINE_MODE": "productoin"}, "BACKLINE_MODE must be sandbox or production"),
        (("sandbox",), {"BACKLINE_MODE": "production"}, "Production mode cannot start"),
        (("migrate",), {"DATABASE_URL": "postgresql://127.0.0.1:9/none"}, "does not answer"),
        (("bench", "nothing"), {}, "There is no measurement 'nothing'"),
        (("backup", "/proc/none/file"), {}, "/proc/none/file"),
    ],
)
def test_a_problem_is_a_sentence_with_its_fix(words: tuple[str, ...], settings: dict[str, str], fix: str) -> None:
    done = _backline(*words, **settings)
    assert done.returncode == 1
    assert fix in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A stack in which nobody else claims the same artists."""
    with running_stack() as started:
        yield started


@pytest.mark.req("SL-02")
@pytest.mark.xdist_group("own_stack")
def test_import_and_stats_answer_in_json(own_stack: Stack) -> None:
    stack = own_stack
    answer = stack.json("artist", "import", SPOTIFY + invented.SINGLE_ARTIST_ID, "--wait")
    slug = answer["artist"]
    assert answer == {
        "artist": slug,
        "name": "Ines Tallow",
        "hub_url": f"{stack.play_url}/{slug}",
        "releases": 1,
        "published": 1,
        "in_review": 0,
        "failed": 0,
        "status": "done",
    }
    status, _, page = stack.get(answer["hub_url"])
    assert status == 200
    assert f'<link rel="canonical" href="{answer["hub_url"]}">' in page.decode()
    assert stack.json("artist", "import", SPOTIFY + invented.SINGLE_ARTIST_ID + "?si=again", "--wait") == answer
    assert set(stack.json("stats", slug)) == {
        "artist",
        "views",
        "service_clicks",
        "share_clicks",
        "saves",
        "video_plays",
        "service_click_rate",
        "bots",
    }
    assert "Music service clicks" in stack.backline("stats", slug, "--days", "7")


@pytest.mark.xdist_group("own_stack")
def test_an_artist_without_releases_and_several_at_once(own_stack: Stack) -> None:
    empty, single = own_stack.json(
        "artist", "import", SPOTIFY + invented.EMPTY_ARTIST_ID, SPOTIFY + invented.SINGLE_ARTIST_ID, "--wait"
    )
    assert (empty["name"], empty["releases"], empty["published"]) == ("The Unrecorded", 0, 0)
    assert (single["name"], single["published"]) == ("Ines Tallow", 1)


@pytest.mark.req("PC-10")
@pytest.mark.parametrize(
    ("url", "fix"),
    [
        (
            "https://open.spotify.com/album/6rqhFgbbKwnb9MLmUQDhG6",
            "This is an album or single. Paste",
        ),
        ("https://open.spotify.com/user/somebody", "This is a listener's profile."),
        ("https://open.spotify.com/artist/0000000000000000000000", ""),
        ("complete garbage", ""),
    ],
)
def test_what_is_no_artist_is_refused_with_a_sentence(url: str, fix: str, stack: Stack) -> None:
    said = stack.backline("artist", "import", url, fails=True)
    assert said.startswith("backline: ")
    assert fix in said
    assert "Traceback" not in said


def test_questions_about_nobody_are_refused(stack: Stack) -> None:
    for nobody in ("nobody-at-all", "01900000-0000-7000-8000-000000000000"):
        said = stack.backline("stats", nobody, fails=True)
        assert said.startswith("backline: ")
        assert "Traceback" not in said
    assert "--days must be 1 or more" in stack.backline("stats", "nobody", "--days", "0", fails=True)
    assert "Nobody signs in as" in stack.backline(
        "artist", "import", SPOTIFY + invented.SINGLE_ARTIST_ID, "--owner", "nobody@backline.example", fails=True
    )


def test_an_operator_is_made_once_and_needs_a_real_password(stack: Stack) -> None:
    words = ("operator", "create", "keeper@backline.example")
    weak = _backline(*words, stdin="short\n", **stack.environ)
    assert (weak.returncode, "10 characters" in weak.stderr) == (1, True)
    assert _backline(*words, stdin="", **stack.environ).returncode == 1
    made = _backline(*words, stdin="a long and quiet sentence\n", **stack.environ)
    assert made.returncode == 0, made.stderr
    twice = _backline(*words, stdin="a long and quiet sentence\n", **stack.environ)
    assert (twice.returncode, "has an account already" in twice.stderr) == (1, True)


def test_the_doctor_finds_everything_in_order_on_a_running_stack(stack: Stack) -> None:
    findings = stack.json("doctor")
    assert [finding for finding in findings if finding["verdict"] != "ok"] == []
    assert {"python", "settings", "state folder", "database", "tables", "worker", "events", "event lake"} <= {
        finding["check"] for finding in findings
    }


def test_the_doctor_says_what_to_do_when_nothing_runs(tmp_path: Path) -> None:
    done = _backline("doctor", "--json", DATABASE_URL="postgresql://127.0.0.1:9/none", BACKLINE_HOME=str(tmp_path))
    assert done.returncode == 1
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert findings["database"]["verdict"] == "fail"
    assert [check for check, finding in findings.items() if finding["verdict"] != "ok" and not finding["fix"]] == []
