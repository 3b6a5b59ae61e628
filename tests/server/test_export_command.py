"""``backline export`` of an artist of the sandbox, beside the play program that serves the same pages."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from tests.plugins.stack import Stack

from backline.sandbox import invented

SPOTIFY = "https://open.spotify.com/artist/"


def test_the_pages_of_an_artist_lead_where_play_leads(stack: Stack, tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("words", "fix"),
    [(("nobody-here", "x"), "artist"), (("nobody-here", "x", "--address", "x"), "artist")],
)
def test_an_artist_that_there_is_not_is_a_sentence(stack: Stack, words: tuple[str, ...], fix: str) -> None:
    assert fix in stack.backline("export", *words, fails=True)
