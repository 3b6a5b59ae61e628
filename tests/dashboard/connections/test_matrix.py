"""What each campaign needs, as the page shows it."""

from __future__ import annotations

import re

import pytest
from tests.dashboard.connections.conftest import Stage

from backline.core.errors import RetryLater

pytestmark = pytest.mark.django_db

HEAD = ["Connection", "Required", "Purpose", "Now"]


def tables(stage: Stage) -> dict[str, list[list[str]]]:
    """Return the cells of every table by its title."""
    found = {}
    for title, table in re.findall(
        r'<h3 class="section__title">(.*?)</h3>\s*<table class="table table--list table--matrix">(.*?)</table>',
        stage.page(),
        re.DOTALL,
    ):
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        found[text(title)] = [
            [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows
        ]
    return found


def text(html: str) -> str:
    html = re.sub(r'<span class="vh">[^<]*</span>', "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


@pytest.mark.req("PC-17")
def test_nothing_is_met_in_the_beginning(stage: Stage) -> None:
    stage.platforms.plans.is_active = False
    assert tables(stage) == {
        "Smart Campaigns Three left before you can launch": [
            HEAD,
            ["Humming Bird", "No", "The page to link to", "Optional"],
            ["Wavelet channel", "Yes", "The channel to promote", "Activate billing"],
            ["Wavelet partnership", "Yes", "Lets us run the ads", "Activate billing"],
            ["Billing", "Yes, before launch", "Pay for the ads", "Activate billing"],
        ],
        "YouTube Campaigns One left before you can launch": [
            HEAD,
            ["Billing", "Yes, before launch", "Pay for the ads", "Activate billing"],
        ],
    }
    html = stage.page()
    assert f'href="{stage.url()}#row-wavelet">Activate billing<span class="vh">: Wavelet channel</span>' in html
    assert f'href="{stage.studio.url("billing/")}">Activate billing<span class="vh">: Billing</span>' in html


@pytest.mark.req("PC-17")
def test_each_line_says_how_it_stands(stage: Stage) -> None:
    stage.consent()
    stage.choose()
    found = tables(stage)
    assert [row[3] for row in found["Smart Campaigns Two left before you can launch"]] == [
        "Now", "Optional", "Awaiting Invite", "Awaiting Invite", "Done",
    ]  # fmt: skip
    assert [row[3] for row in found["YouTube Campaigns Ready to launch"]] == ["Now", "Done"]


def test_a_plan_that_cannot_be_known_is_not_called_missing(stage: Stage) -> None:
    stage.platforms.plans.fails = RetryLater("Billing cannot answer now.")
    found = tables(stage)
    assert found["YouTube Campaigns One left before you can launch"][1][3] == "Not known at the moment"
