from __future__ import annotations

import time
from pathlib import Path

import crawleruseragents
import pytest

from backline.analytics.judging.agents import read_agent
from backline.analytics.types import BotReason

BROWSERS = (Path(__file__).parent / "browsers.txt").read_text(encoding="utf-8").splitlines()
"""User agents of people's browsers: phones, tablets, computers, televisions, in-app browsers."""
BOTS = [agent for bot in crawleruseragents.CRAWLER_USER_AGENTS_DATA for agent in bot["instances"]]


def test_known_bots_are_caught() -> None:
    missed = [agent for agent in BOTS if read_agent(agent).bot_reason is None]
    assert len(BOTS) > 2_000
    assert len(missed) / len(BOTS) <= 0.005, missed


def test_people_are_not_set_aside() -> None:
    aside = [agent for agent in BROWSERS if read_agent(agent).bot_reason is not None]
    assert len(set(BROWSERS)) == len(BROWSERS) >= 200
    assert aside == []


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", BotReason.DECLARED_BOT),
        ("Mozilla/5.0 (compatible; NobodysNewBot/0.1)", BotReason.DECLARED_BOT),
        ("Mozilla/5.0 (X11; Linux x86_64) somebody@example.org", BotReason.DECLARED_BOT),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", BotReason.LINK_PREVIEW),
        ("WhatsApp/2.23.20.0 A", BotReason.LINK_PREVIEW),
        ("TelegramBot (like TwitterBot)", BotReason.LINK_PREVIEW),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", BotReason.LINK_PREVIEW),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/136.0.0.0",
            BotReason.HEADLESS,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0 Cypress/14.0",
            BotReason.HEADLESS,
        ),
        ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", BotReason.MONITOR),
        ("kube-probe/1.31", BotReason.MONITOR),
        ("curl/8.5.0", BotReason.LIBRARY),
        ("python-requests/2.32.3", BotReason.LIBRARY),
        ("Go-http-client/2.0", BotReason.LIBRARY),
        ("Java/17.0.2", BotReason.LIBRARY),
        ("Instagram 335.0 CFNetwork/1494.0.7 Darwin/23.4.0", BotReason.LIBRARY),
        ("", BotReason.EMPTY_AGENT),
        ("-", BotReason.EMPTY_AGENT),
        ("  ", BotReason.EMPTY_AGENT),
        ("Mozilla/5.0", BotReason.NOT_A_BROWSER),
        ("my own program 1.0", BotReason.NOT_A_BROWSER),
        ("\x00\x01\x02", BotReason.NOT_A_BROWSER),
    ],
)
def test_a_bot_is_set_aside_with_its_reason(agent: str, reason: BotReason) -> None:
    assert read_agent(agent).bot_reason is reason
    assert reason.label


@pytest.mark.parametrize(
    ("words", "device", "browser", "system"),
    [
        ("Version/18.5 Mobile/15E148 Safari/604.1", "phone", "Safari", "iOS"),
        ("Mobile/15E148 Instagram 382.1.0.35.86", "phone", "Instagram", "iOS"),
        ("musical_ly_39.8.0", "phone", "TikTok", "iOS"),
        ("FBAN/FBIOS", "phone", "Facebook", "iOS"),
        ("CPU OS 17_7", "tablet", "Safari", "iOS"),
        ("Pixel 8 Pro", "phone", "Chrome", "Android"),
        ("SM-X906C", "tablet", "Chrome", "Android"),
        ("SamsungBrowser/28.0", "phone", "Samsung Internet", "Android"),
        ("Tizen 8.0", "tv", "Samsung Internet", "Tizen"),
        ("PlayStation 5", "console", "Safari", ""),
        ("Edg/136.0.0.0", "desktop", "Edge", "Windows"),
        ("Version/18.5 Safari/605.1.15", "desktop", "Safari", "macOS"),
        ("Ubuntu; Linux x86_64; rv:139.0", "desktop", "Firefox", "Linux"),
        ("CrOS x86_64", "desktop", "Chrome", "ChromeOS"),
    ],
)
def test_device_browser_and_system_are_read(words: str, device: str, browser: str, system: str) -> None:
    agent = read_agent(next(line for line in BROWSERS if words in line))
    assert (agent.device, agent.browser, agent.os) == (device, browser, system)


def test_an_absurdly_long_agent_is_read_in_bounded_time() -> None:
    began = time.process_time()
    read_agent("Mozilla/5.0 (" + "a" * 200_000)
    assert time.process_time() - began < 0.05


def test_agents_are_judged_quickly() -> None:
    """A core judges at least 10,000 agents a second that it has not seen, and 50,000 that it has."""
    agents = [f"{agent} x{number}" for number in range(5) for agent in BROWSERS]
    read_agent(agents[0])
    began = time.process_time()
    for agent in agents:
        read_agent(agent)
    assert len(agents) / (time.process_time() - began) > 10_000
    began = time.process_time()
    for agent in agents * 20:
        read_agent(agent)
    assert len(agents) * 20 / (time.process_time() - began) > 50_000
