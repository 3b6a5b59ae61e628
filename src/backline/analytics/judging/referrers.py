"""Sorts the hosts that fans come from: the table is ours, by registrable host."""

from __future__ import annotations

import functools

from backline.analytics.types import ReferrerKind

_HOSTS: dict[ReferrerKind, tuple[str, ...]] = {
    ReferrerKind.SEARCH: (
        "google", "bing.com", "duckduckgo.com", "search.yahoo.com", "search.yahoo.co.jp", "yandex", "baidu.com",
        "ecosia.org", "startpage.com", "search.brave.com", "qwant.com", "naver.com", "daum.net", "seznam.cz",
        "sogou.com", "kagi.com", "perplexity.ai", "chatgpt.com", "com.google.android.googlequicksearchbox",
    ),
    ReferrerKind.SOCIAL: (
        "facebook.com", "fb.com", "fb.me", "instagram.com", "threads.net", "threads.com", "tiktok.com",
        "twitter.com", "x.com", "t.co", "reddit.com", "redd.it", "linkedin.com", "lnkd.in", "pinterest", "pin.it",
        "snapchat.com", "tumblr.com", "vk.com", "vk.ru", "ok.ru", "weibo.com", "weibo.cn", "bsky.app",
        "go.bsky.app", "mastodon.social", "xiaohongshu.com", "kwai.com", "bereal.com", "com.reddit.frontpage",
        "com.pinterest", "com.linkedin.android",
    ),
    ReferrerKind.MESSENGER: (
        "whatsapp.com", "wa.me", "telegram.org", "t.me", "org.telegram.messenger", "messenger.com", "m.me",
        "discord.com", "discord.gg", "discordapp.com", "line.me", "wechat.com", "weixin.qq.com", "viber.com",
        "signal.org", "slack.com", "com.slack", "kakao.com", "zalo.me",
    ),
    ReferrerKind.MUSIC: (
        "spotify.com", "spotify.link", "music.apple.com", "itunes.apple.com", "music.youtube.com", "soundcloud.com",
        "deezer.com", "tidal.com", "bandcamp.com", "audiomack.com", "music.amazon.com", "anghami.com",
        "boomplay.com", "jiosaavn.com", "last.fm", "genius.com", "shazam.com", "musixmatch.com", "beatport.com",
        "qobuz.com", "pandora.com", "songkick.com", "bandsintown.com", "setlist.fm", "discogs.com",
    ),
    ReferrerKind.VIDEO: (
        "youtube.com", "youtu.be", "vimeo.com", "twitch.tv", "dailymotion.com", "bilibili.com", "rumble.com",
    ),
    ReferrerKind.EMAIL: (
        "mail.google.com", "outlook.live.com", "outlook.office.com", "outlook.office365.com", "mail.yahoo.com",
        "mail.proton.me", "mail.ru", "mail.aol.com", "com.google.android.gm", "mailchi.mp", "list-manage.com",
        "substack.com", "mail.yandex.ru", "gmx.net", "web.de", "icloud.com",
    ),
    ReferrerKind.LINK_IN_BIO: (
        "linktr.ee", "beacons.ai", "bio.link", "linkin.bio", "campsite.bio", "lnk.bio", "carrd.co", "komi.io",
        "tap.bio", "solo.to", "allmylinks.com", "stan.store", "snipfeed.co", "msha.ke", "about.me", "koji.to",
    ),
}  # fmt: skip

_KIND_OF = {host: kind for kind, hosts in _HOSTS.items() for host in hosts}


@functools.lru_cache(maxsize=16_384)
def referrer_kind(host: str) -> ReferrerKind:
    """Return what sort of place a host is; the longest known ending of the host decides."""
    if not host:
        return ReferrerKind.DIRECT
    labels = host.lower().rstrip(".").split(".")
    for start in range(len(labels)):
        kind = _KIND_OF.get(".".join(labels[start:]))
        if kind is not None:
            return kind
    # Google, Yandex and Pinterest have a host in nearly every country: google.de, google.co.uk.
    for label in labels[-3:-1]:
        kind = _KIND_OF.get(label)
        if kind is not None:
            return kind
    return ReferrerKind.OTHER
