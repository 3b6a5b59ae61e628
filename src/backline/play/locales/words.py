"""What every language has to say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from backline.play.locales.plurals import PluralRule
from backline.play.type_setting import isolate

Plural = tuple[str, ...]
"""A sentence for each category that the language's plural rule tells apart, in its order; ``{n}`` is the number."""

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All words of one language. Sentences have slots (``{title}``), they are never glued together."""

    tag: str
    og_locale: str
    direction: Literal["ltr", "rtl"]
    plural: PluralRule
    months: tuple[str, str, str, str, str, str, str, str, str, str, str, str]
    day_pattern: str
    month_pattern: str
    year_pattern: str
    comma: str

    skip_to_services: str
    skip_to_releases: str
    actions: dict[str, str]
    services: str
    more_services: Plural
    types: dict[str, str]
    songs: Plural
    tracks: Plural
    minutes: str
    hours: str
    tracklist: str
    disc: str
    more_tracks: Plural
    share: str
    link_to_page: str
    copy: str
    copied: str
    email: str
    qr_code: str
    cover_of: str
    title_by: str
    playlist_by: str
    page_description: str
    playlist_description: str
    hub_title: str
    hub_description: str
    releases: str
    playlists: str
    earlier_releases: Plural
    newest_releases: str
    nothing_yet: str
    presents: str
    selects: str
    in_order: str
    play_video: str
    from_youtube: str
    still_from: str
    more_from: str
    sub_links: dict[str, str]
    search_releases: str
    search: str
    found_releases: Plural
    first_found: str
    nothing_found: str
    in_app: dict[str, str]
    footer: str
    privacy: str
    report: str
    language: str
    sandbox: str
    consent_title: str
    consent_text: str
    consent_no: str
    consent_yes: str
    consent_choices: str
    consent_refused: str
    consent_granted: str
    companies: tuple[str, str]
    """Two names, and three, in one phrase."""

    missing_title: str
    missing_text: str
    gone_title: str
    gone_text: str
    away_title: str
    away_text: str
    to_artist: str

    privacy_title: str
    privacy_text: tuple[str, ...]
    privacy_exceptions: tuple[str, ...]
    """What follows the first paragraph of ``privacy_text``."""
    privacy_contact: str

    def fill(self, sentence: str, **names: str) -> str:
        """Return a sentence with names in its slots, none of which turns the words around it to its own direction."""
        # In one pass: a title may hold a slot's own text.
        return _SLOT.sub(lambda found: isolate(names[found[1]], self.direction), sentence)

    def count(self, plural: Plural, number: int) -> str:
        """Return the sentence for ``number``, with the number in its slot."""
        rule = self.plural
        return plural[rule.categories.index(rule.category(number))].replace("{n}", str(number))

    def date(self, iso: str) -> str:
        """Return a date of any known precision (``2024``, ``2024-05``, ``2024-05-17``) as this language writes it."""
        parts = iso.split("-")
        try:
            numbers = [int(part) for part in parts]
        except ValueError:
            return ""
        year = str(numbers[0])
        if len(numbers) >= 2 and not 1 <= numbers[1] <= 12:
            return ""
        if len(numbers) == 1:
            return self.year_pattern.format(y=year)
        month = self.months[numbers[1] - 1]
        if len(numbers) == 2:
            return self.month_pattern.format(m=month, y=year)
        return self.day_pattern.format(d=numbers[2], m=month, y=year)

    def length(self, milliseconds: int) -> str:
        """Return a length rounded to minutes, with hours from one hour on."""
        minutes = max(1, round(milliseconds / 60_000))
        if minutes < 60:
            return self.minutes.replace("{n}", str(minutes))
        return self.hours.replace("{h}", str(minutes // 60)).replace("{m}", str(minutes % 60))
