"""Lighthouse over a release's page and the hub in every theme: speed, accessibility, best practices, search engines.

It comes from the npm registry for the length of the measurement and is no dependency; it drives the system's Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import psycopg
from msgspec.structs import replace

from backline.contract import pages
from backline.server.bench.load import missing_tools
from backline.server.bench.pages import published
from backline.server.bench.results import Bench, Result, at_least, skipped
from backline.server.commands import CommandError

Tell = Callable[[str], None]

VERSION = "13.5.0"
ROUNDS = 3
BARS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lighthouse(tell: Tell) -> Sequence[Result]:
    """Let Lighthouse judge each theme, on the phone that it imitates; each figure is the lower one of page and hub."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    missing = missing_tools("node", "npm") or ("" if browser else "no Chromium is installed")
    if browser is None or missing:
        return [skipped("lighthouse", missing)]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="backline-lighthouse-") as folder, published() as (here, addresses):
        program = _install(Path(folder))
        for theme in pages.THEMES:
            tell(f"  {theme}: {ROUNDS} rounds over a release's page and the hub")
            _dress(here.database_url, theme)
            here.start("play")
            judged = [list(_rounds(program, browser, url)) for url in (addresses.page, addresses.hub)]
            here.stop("play")
            results += [
                at_least(
                    f"lighthouse_{theme}_{category.replace('-', '_')}",
                    min(median(scores[category] for scores in rounds) for rounds in judged),
                    "of 100",
                    bar,
                    f"Lighthouse {VERSION}, a phone on slow 4G, median of {ROUNDS}; the lower of page and hub",
                )
                for category, bar in BARS.items()
            ]
    return results


def _install(folder: Path) -> Path:
    """Fetch Lighthouse into a folder and return its program."""
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent", f"lighthouse@{VERSION}"]
    done = subprocess.run([*command, "--prefix", folder], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CommandError(f"Lighthouse could not be fetched from the npm registry:\n{done.stderr.strip()[-500:]}")
    return folder / "node_modules" / ".bin" / "lighthouse"


def _dress(database_url: str, theme: pages.ThemeId) -> None:
    """Give every page this theme."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("SELECT path, document FROM links_publishedpage").fetchall()
        for path, data in rows:
            document = pages.decode(bytes(data))
            if isinstance(document, pages.PublishedPage):
                dressed = pages.encode(replace(document, theme=theme))
                connection.execute(
                    "UPDATE links_publishedpage SET document = %s, seq = nextval('links_page_seq') WHERE path = %s",
                    [dressed, path],
                )


def _rounds(program: Path, browser: str, url: str) -> Iterator[dict[str, float]]:
    """Yield the scores of an address, of 100, by category."""
    for _ in range(ROUNDS):
        done = subprocess.run(  # noqa: S603
            [
                program, url, "--quiet", "--output=json", f"--only-categories={','.join(BARS)}",
                "--chrome-flags=--headless=new --no-sandbox",
            ],
            env={**os.environ, "CHROME_PATH": browser}, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(f"Lighthouse failed at {url}:\n{done.stderr.strip()[-500:]}")
        categories = json.loads(done.stdout)["categories"]
        yield {category: round(100 * (categories[category]["score"] or 0)) for category in BARS}


BENCHES = (Bench("lighthouse", "Lighthouse over every theme, fetched from the npm registry", lighthouse, is_long=True),)
