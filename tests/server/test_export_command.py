"""``backline export`` and ``import-links`` with artists of the sandbox, beside the play program that serves them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.stack import Stack, running_stack

from backline.sandbox import invented

SPOTIFY = "https://open.spotify.com/artist/"


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """A stack in which nobody else claims the same artists: their pages would wait for an operator."""
    with running_stack() as started:
        yield started


@pytest.mark.xdist_group("exports")
def test_the_pages_of_an_artist_lead_where_play_leads(own_stack: Stack, tmp_path: Path) -> None:
    stack = own_stack
    artist = stack.json("artist", "import", SPOTIFY + invented.DEMO_ARTIST_ID, "--wait")
    folder = tmp_path / "site"
    done = stack.json("export", artist["artist"], str(folder))
    assert (done["artist"], done["address"], done["missing"]) == (artist["artist"], stack.play_url, [])
    assert done["pages"] == artist["published"] + 1
    lines = [line.split(" ") for line in (folder / "_redirects").read_text().splitlines()]
    assert len(lines) == done["moved"] + done["ways"]
    ways = [(path, to) for path, to, status in lines if status == "302"]
    for path, to in ways[:: max(1, len(ways) // 60)]:
        status, headers, _ = stack.get(stack.play_url + path)
        assert (status, headers["location"]) == (302, to)
        page = folder / path.partition("/go/")[0].lstrip("/") / "index.html"
        assert f'href="{to}"' in html.unescape(page.read_text())
    for path, to, status in lines:
        if status == "301":
            answer, headers, _ = stack.get(stack.play_url + path)
            assert (answer, headers["location"].removeprefix(stack.play_url)) == (301, to)
            break
    held = json.loads((folder / "manifest.json").read_text())["files"]
    assert sum(name.endswith("/index.html") for name in held) == done["pages"]
    refused = stack.backline("export", artist["artist"], str(folder), fails=True)
    assert "not empty" in refused
    assert "Name a new folder" in refused


@pytest.mark.xdist_group("exports")
def test_pages_of_another_service_are_taken_over(own_stack: Stack, tmp_path: Path) -> None:
    stack = own_stack
    artist = stack.json("artist", "import", SPOTIFY + invented.SINGLE_ARTIST_ID, "--wait")["artist"]
    stack.backline("export", artist, str(tmp_path / "site"))
    page = next(path for path in (tmp_path / "site" / artist).iterdir() if path.is_dir())
    spotify = html.unescape(page.joinpath("index.html").read_text().split('class="svc" href="')[1].split('"')[0])
    table = tmp_path / "pages.csv"
    table.write_text(f"Title,Url,Spotify\nMine,https://ines.ffm.to/once,{spotify}\nOther,ffm.to/other,\n")
    words = ("import-links", artist, str(table), "--from", "feature-fm")
    mine, other = stack.json(*words, "--dry-run")
    assert (mine["link"], mine["redirect"], other["link"]) == (page.name, "once", "")
    assert stack.get(f"{stack.play_url}/{artist}/once")[0] == 404
    said = stack.backline(*words)
    assert f"  old address   /{artist}/once" in said
    assert "1 of 2 matched." in said
    stack.wait_for(lambda: stack.get(f"{stack.play_url}/{artist}/once")[0] == 301, what="the old address")
    assert "cannot be read" in stack.backline("import-links", artist, str(tmp_path / "none"), fails=True)


@pytest.mark.parametrize(
    ("words", "fix"),
    [(("nobody-here", "x"), "artist"), (("nobody-here", "x", "--address", "x"), "artist")],
)
def test_an_artist_that_there_is_not_is_a_sentence(stack: Stack, words: tuple[str, ...], fix: str) -> None:
    assert fix in stack.backline("export", *words, fails=True)
