"""What a user agent says: device, browser, operating system, and whether it is a person's browser at all.

Known bots come from crawler-user-agents (MIT), all of whose patterns are compiled into one automaton of the regular
expression engine that ua-parser brings (about 2 µs a look-up instead of the package's own 300). Behind it stand
rules of our own for what no list knows.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib.metadata import version

import crawleruseragents
import ua_parser_rs
from ua_parser import Parser
from ua_parser.loaders import load_builtins
from ua_parser.regex import Resolver

from backline.analytics.types import BotReason

JUDGEMENT = f"2+{version('crawler-user-agents')}"
"""Version of the judgement: of the rules below and of the list. Stored with each event, so history can be re-judged."""

CACHED_AGENTS = 65_536
MAX_AGENT_CHARACTERS = 1_000

_TAG_REASONS = (
    ("browser-automation", BotReason.HEADLESS),
    ("social-preview", BotReason.LINK_PREVIEW),
    ("http-library", BotReason.LIBRARY),
    ("monitoring", BotReason.MONITOR),
)

_NOT_USED = frozenset(
    {
        "MetaIAB Facebook",  # Facebook's in-app browser since late 2025, the way most fans come
        r"AP3A\.240617\.008",  # a build number of Android 15, in the agent of every phone that runs it
        "WhatsApp",  # also the name of in-app browsers; the link previews begin with it, see below
        "Viber",
        "GoPay",  # a wallet whose in-app browser people use
        "Sogou",  # also a browser; its spiders say so
        "Fluid",  # makes an application of a web page for people
        r"008\/",  # the end of many a version number
        r"BW\/",
        r"RED\/",
        r"Make\/",
    }
)
"""Patterns of the list that would set people aside; what is lost of bots is caught by the rules below."""

# What no list knows, in the syntax of the automaton (no look-around), without regard to case. Cubot makes phones, and
# their name stands in the user agent of people. Some words are isbot's (Unlicense), those that no person's agent has.
_OWN_RULES = (
    (
        BotReason.HEADLESS,
        (
            r"headless|phantomjs|phantomas|slimerjs|puppeteer|playwright|selenium|webdriver|cypress/|jsdom|nightmare"
            r"|zombie\.js|khtml, like gecko\) splash|webkit2png|wkhtmlto|cutycapt|browserless|rendertron|prerender"
        ),
    ),
    (
        BotReason.LIBRARY,
        (
            r"^(?:java|ruby|perl|php|python|node|deno|bun|go|rust|dart|lua|swift|erlang|elixir)(?:[/ _-]|$)"
            r"|libcurl|libwww|urllib|guzzle|winhttp|wininet|faraday|http[ _-]?(?:java[ _-]?)?client|undici|restsharp"
            r"|unirest|mechanize|scrapy|httrack|webcopier|msxml|indy library|download ?manager|\bnode\.js"
            r"|^(?:dalvik|okhttp|cronet|axios|got|ky|superagent|insomnia|postmanruntime|httpie|curl|wget|aria2|reqwest|hyper"
            r"|ureq|needle)\b"
            r"|cfnetwork/"
        ),
    ),
    (
        BotReason.LINK_PREVIEW,
        (
            r"^(?:whatsapp|viber)(?:/|$)|preview|unfurl|embedly|opengraph|externalhit|linkexpand|slack_ssb|favicon"
            r"|thumb(?:nail|shot|s?/)|web-?thumb|screen-?shot|site-?shot|web-?capture|mshots|ima?ge?-?siz"
            r"|^microsoft office|(?:\) |^)(?:excel|word|powerpoint)/\d"
        ),
    ),
    (
        BotReason.MONITOR,
        (
            r"monitor|uptime|ping(?:dom|er)|statuscake|site24x7|lighthouse|gtmetrix|page ?speed|synthetic|nagios|zabbix"
            r"|checkly|health-?check|kube-probe|blackbox|gomez|alertra|ptst[/ ]\d|neustar|iplabel|ip-label|new ?relic"
            r"|dareboost|dynatrace|ruxit|catchpoint|webpagetest|speedcurve|appdynamics|thousandeyes|24x7"
            r"|diagnostics"
        ),
    ),
    (
        BotReason.DECLARED_BOT,
        (
            r"(?:^|[^u]|[^c]u)bot(?:[^a-z]|$)|crawl|spider|slurp|scrap(?:er|y)|archiv|harvest|indexer|fetcher|\bfetch\b"
            r"|(?:vuln[a-z]*|security|port|site|web|content)[ _.-]?scan|validator|checker|link-?check|analy[sz]er"
            r"|abuse|attracta|burpcollab|collapsify|convertify|cookiehub|datanyze|dejaclick|exalead|foregenix|functionize"
            r"|hardenize|hotjar|marketing grader|infrawatch|linktiger|pageburst|parser|productfinder|readable/"
            r"|retriever|rexx;|rigor|securityheaders|silktide|sindup/|supercleaner|testlocally|virtuoso|watchtowr"
            r"|webglance|whatcms|xtate/|kimono|webmon|spotcheck"
            r"|classifier|auditor|grabber|wappalyzer|nutch|heimdall|nikto|openvas"
            r"|nessus|sqlmap|acunetix|nuclei|qualys|netsparker|masscan|zgrab|shodan|censys|detectify"
            r"|feed(?:burner|reader|parser|fetch)|\brss\b|newsreader|reederfor|yandex\.translate|^yandex"
            r"|\bdaum(?:oa)? ?/?\d|[a-z]-client-\d|local ?search"
            r"|(?:like gecko[;,]|compatible;) google[ -]|google[ -](?:pp|ads|search|keyword|read-aloud)"
            r"|https?:|\bwww\.|[a-z0-9-]{3,}\.(?:com|org|io|info|biz)\b"
            r"|compatible; ?bw/|[a-z0-9._+-]+@[a-z0-9-]+\.[a-z]{2,}"
        ),
    ),
)
_NAMED_BY_PEOPLE = re.compile(r"(?:https?://)?(?:www\.)?(?:bsalsa|avastye|avantbrowser)\.com", re.IGNORECASE)
"""Addresses that components of people's browsers leave in their agents."""
_MODEL = re.compile(
    r"(android[ \d.]*;(?: [a-z]{2}(?:[-_][a-z]{2})?;)?)(?![^;)]*(?:compatible|http|bot\b))[^;)]*", re.IGNORECASE
)
"""The model of a phone, whose maker may name it as somebody else names a bot."""
_BROWSER_FORM = re.compile(r"\W*(?:user-agent\W+)?(?:mozilla|opera)\W\d|.*(?:applewebkit/|gecko/\d)", re.IGNORECASE)
_SAFARI_HAS = re.compile(r"version/|qt/|chrom|crios|fxios|mobile|opera", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says. ``bot_name`` is the pattern or family that gave a bot away.

    ``is_recent`` tells that it claims to be a browser which sends ``Accept-Language`` and ``Sec-Fetch-*`` always.
    """

    device: str
    browser: str
    os: str
    bot_reason: BotReason | None = None
    bot_name: str = ""
    is_recent: bool = False


@functools.cache
def _parser() -> Parser:
    # Without the package's own cache: the one below also holds the judgement.
    return Parser(Resolver(load_builtins()))


@functools.cache
def _known_bots() -> tuple[ua_parser_rs.UserAgentExtractor, tuple[tuple[BotReason, str], ...]]:
    """Return the automaton, whose answer is an index into the list of reasons and names beside it."""
    patterns: list[tuple[str, str, None, None, None, None]] = []
    answers: list[tuple[BotReason, str]] = []
    for bot in crawleruseragents.CRAWLER_USER_AGENTS_DATA:
        if bot["pattern"] in _NOT_USED:
            continue
        patterns.append((bot["pattern"], str(len(answers)), None, None, None, None))
        tags = bot.get("tags", ())
        reason = next((reason for tag, reason in _TAG_REASONS if tag in tags), BotReason.DECLARED_BOT)
        answers.append((reason, re.sub(r"[^\w .-]", "", bot["pattern"])[:80]))
    for reason, pattern in _OWN_RULES:
        patterns.append((f"(?i){pattern}", str(len(answers)), None, None, None, None))
        answers.append((reason, ""))
    return ua_parser_rs.UserAgentExtractor(patterns), tuple(answers)


def warm_up() -> None:
    """Build the automata (a fifth of a second), so that the first event does not wait for them."""
    read_agent("Mozilla/5.0")


@functools.lru_cache(maxsize=CACHED_AGENTS)
def read_agent(user_agent: str) -> Agent:
    """Return what a user agent says."""
    user_agent = user_agent[:MAX_AGENT_CHARACTERS]
    parsed = _parser().parse(user_agent)
    family = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    device_family = parsed.device.family if parsed.device else ""
    device = _device(user_agent, system=system, family=device_family)
    reason, name = _judge(user_agent)
    if reason is None and device_family == "Spider":
        reason, name = BotReason.DECLARED_BOT, family
    elif reason is None and not _is_browser(user_agent, family=family, system=system, device=device):
        reason, name = BotReason.NOT_A_BROWSER, family
    return Agent(
        device=device,
        browser=_BROWSERS.get(family, family),
        os=_SYSTEMS.get(system, system),
        bot_reason=reason,
        bot_name=name,
        is_recent=_is_recent(family, parsed.user_agent.major if parsed.user_agent else None),
    )


_FETCH_METADATA_SINCE = {"Chrome": 90, "Edge": 90, "Firefox": 100, "Safari": 17}
"""Versions well after those that brought ``Sec-Fetch-*`` (caniuse.com: Chrome 80, Firefox 90, Safari 16.4).

Only the browsers themselves: what is built on them, web views above all, may have another network stack.
"""


def _is_recent(family: str, major: str | None) -> bool:
    since = _FETCH_METADATA_SINCE.get(family.removesuffix(" Mobile").removeprefix("Mobile "))
    return since is not None and major is not None and major.isdecimal() and int(major) >= since


def _judge(user_agent: str) -> tuple[BotReason | None, str]:
    text = user_agent.strip()
    if not text or text == "-":
        return BotReason.EMPTY_AGENT, ""
    automaton, answers = _known_bots()
    found = automaton.extract(_MODEL.sub(r"\1", _NAMED_BY_PEOPLE.sub("", text)))
    return (None, "") if found is None else answers[int(found.family)]


def _is_browser(user_agent: str, *, family: str, system: str, device: str) -> bool:
    """Tell whether an agent is built as browsers build theirs, whatever its name."""
    if not _BROWSER_FORM.match(user_agent):
        # Only the browsers of simple phones and of televisions begin with another word.
        return bool(device not in ("", "desktop") or family in _PLAIN_BROWSERS)
    if family == "Safari" and system in _DESKTOPS and system != "Mac OS X" and not _SAFARI_HAS.search(user_agent):
        return False  # Safari's words around a name that is no browser's
    if system or device:
        return True
    return bool(family and "(" in user_agent)


_PLAIN_BROWSERS = frozenset(
    {"Firefox", "UC Browser", "Opera", "Opera Mini", "Opera Mobile", "Nokia Browser", "BlackBerry", "NetFront"}
)
_BROWSERS = {
    "Mobile Safari": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Android WebView",
    "Mobile Safari UI/WKWebView": "iOS WebView",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
    "Opera Mini": "Opera Mini",
    "Facebook Messenger": "Messenger",
    "Samsung Internet": "Samsung Internet",
    "Yandex Browser": "Yandex Browser",
    "IE Mobile": "Internet Explorer",
    "IE": "Internet Explorer",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Brave Mobile": "Brave",
    "Vivaldi Mobile": "Vivaldi",
}
_SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux"}
_PHONES = frozenset({"iOS", "Windows Phone", "BlackBerry OS", "Symbian OS", "KaiOS", "Firefox OS", "HarmonyOS"})
_DESKTOPS = frozenset({"Windows", "Mac OS X", "Chrome OS", "Linux", "Ubuntu", "Fedora", "Debian", "FreeBSD", "OpenBSD"})
_TELEVISIONS = frozenset({"tvOS", "Tizen TV", "webOS TV", "Roku", "Chromecast", "Android TV", "FireOS TV", "WebOS"})
_DEVICE_RULES = (
    ("console", r"playstation|xbox|nintendo"),
    ("tv", r"smart-?tv|smarttv|googletv|android tv|appletv|hbbtv|bravia|\baft[a-z]{1,4}\b|web0s|netcast|crkey"),
    ("tablet", r"ipad|tablet|kindle|silk/|playbook|sm-t\d|sm-x\d"),
    ("phone", r"midp|cldc|openharmony.*mobile|ucweb|opera mini|obigo|teleca|netfront|symbian|series ?[4689]0\b"),
)
"""What an agent's words say of its device whatever the system, first match first."""


@functools.cache
def _device_words() -> ua_parser_rs.UserAgentExtractor:
    return ua_parser_rs.UserAgentExtractor(
        [(f"(?i){pattern}", device, None, None, None, None) for device, pattern in _DEVICE_RULES]
    )


def _device(user_agent: str, *, system: str, family: str) -> str:
    """Return ``phone``, ``tablet``, ``desktop``, ``tv``, ``console`` or an empty string."""
    said = _device_words().extract(user_agent)
    if said is not None:
        return str(said.family)
    if system in _TELEVISIONS:
        return "tv"
    if system in _PHONES:
        return "phone"
    if system == "Android":
        # Google's rule: an Android browser on a phone says "Mobile", on a tablet it does not.
        return "phone" if "Mobile" in user_agent or family == "Generic Smartphone" else "tablet"
    return "desktop" if system in _DESKTOPS else ""
