# ruff: noqa: E501  (one law, one line)
"""Where the law asks for a fan's yes before an advertising script is loaded, law by law.

A table of judgement, read strictly: where the usual reading wants consent, a page asks. ``docs/consent.md`` is made from
it (``python -m backline.play.consent_laws > docs/consent.md``); a test keeps the two together. State of knowledge: 2026.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """A rule and where it holds (ISO 3166-1 alpha-2, separated by spaces)."""

    where: str
    countries: str
    reading: str
    source: str


LAWS = (
    Law(
        "European Union, with the parts of France and Finland overseas",
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK EU "
        "AX BL GF GP MF MQ NC PF PM RE TF WF YT",
        "ePrivacy Directive 2002/58/EC, Article 5(3), and GDPR, Articles 4(11) and 7: consent before anything is stored on "
        "or read from a device. EDPB Guidelines 2/2023 count pixels and links as such.",
        "https://eur-lex.europa.eu/eli/dir/2002/58/oj",
    ),
    Law(
        "European Economic Area",
        "IS LI NO SJ",
        "The same rules, through the EEA Agreement.",
        "https://eur-lex.europa.eu/eli/dir/2002/58/oj",
    ),
    Law(
        "United Kingdom and its neighbours",
        "GB GG GI IM JE",
        "PECR, regulation 6, and the islands' own laws after it: consent; advertising is not among the exceptions of 2025.",
        "https://www.legislation.gov.uk/uksi/2003/2426/regulation/6",
    ),
    Law(
        "Switzerland",
        "CH",
        "FADP, Articles 6 and 30, as the commissioner's guideline on cookies of January 2025 reads them for profiling by third parties.",
        "https://www.edoeb.admin.ch",
    ),
    Law(
        "Countries near the Union whose laws follow it",
        "AD AL BA FO MC MD ME MK RS SM UA VA XK",
        "Laws on electronic communications and personal data after the two above.",
        "https://www.coe.int/en/web/data-protection",
    ),
    Law(
        "Turkey",
        "TR",
        "Law 6698 and the authority's guideline on cookies of 2022: explicit consent.",
        "https://www.kvkk.gov.tr",
    ),
    Law(
        "Brazil",
        "BR",
        "LGPD, Articles 7 and 8, and ANPD's guide on cookies of 2022: consent.",
        "https://www.gov.br/anpd",
    ),
    Law(
        "Latin America",
        "AR CL CO CR EC PA PE UY",
        "Prior consent as the ordinary ground (AR 25.326, CL 21.719, CO 1581, CR 8968, EC LOPDP, PA 81, PE 29733, UY 18.331).",
        "https://www.redipd.org",
    ),
    Law(
        "Canada",
        "CA",
        "Quebec's Law 25 (P-39.1, section 8.1): what profiles is off until a person switches it on. A country does not tell provinces apart.",
        "https://www.legisquebec.gouv.qc.ca/en/document/cs/p-39.1",
    ),
    Law(
        "South Korea",
        "KR",
        "PIPA, Articles 15 and 22, as decided in 2022 against Google and Meta: consent to behavioural data for advertising.",
        "https://www.pipc.go.kr",
    ),
    Law(
        "China",
        "CN",
        "PIPL, Articles 13, 14 and 23: consent, and a separate one for giving data to others.",
        "https://www.cac.gov.cn",
    ),
    Law(
        "India",
        "IN",
        "DPDP Act 2023, sections 4 to 6: consent, free, specific and given by an act.",
        "https://www.meity.gov.in",
    ),
    Law(
        "South-East Asia",
        "ID TH VN",
        "Consent as the ordinary ground (ID 27/2022, TH PDPA section 19, VN law on personal data of 2025).",
        "https://www.pdpc.or.th",
    ),
    Law(
        "Russia and Kazakhstan",
        "KZ RU",
        "Laws 152-FZ and 94-V: consent to passing on data of a person, which the authorities take a cookie for.",
        "https://rkn.gov.ru",
    ),
    Law(
        "Arab countries with laws on personal data",
        "AE EG QA SA",
        "Consent as the ordinary ground (AE 45/2021, EG 151/2020, QA 13/2016, SA PDPL).",
        "https://sdaia.gov.sa",
    ),
    Law(
        "Nigeria and Kenya",
        "KE NG",
        "Data Protection Acts of 2019 and 2023, with Nigeria's directive of 2025: consent for cookies that are not needed.",
        "https://ndpc.gov.ng",
    ),
)

ASKS = frozenset(country for law in LAWS for country in law.countries.split())
"""The countries in which a page with pixels asks before it loads them."""


def as_markdown() -> str:
    """Return the page ``docs/consent.md``."""
    lines = [
        "# Consent by country",
        "",
        "Where a page with an artist's pixels asks first, made from `src/backline/play/consent_laws.py` by",
        "`python -m backline.play.consent_laws > docs/consent.md`. Do not edit this page by hand. It is not legal advice.",
        "",
        "## What holds where",
        "",
        "- A page without pixels asks nobody anything, sets no cookie and loads nothing from another company, anywhere.",
        "- In the countries below, and where the country is not known, nothing of Meta, TikTok or Google is loaded before the fan",
        "  says yes. Saying no is as easy: the same button, the same size, beside it.",
        "- Elsewhere pixels are loaded and no notice is shown. The fan can refuse at the end of the page, under Privacy choices.",
        "- A browser that sends Global Privacy Control has refused, everywhere.",
        "- Cookies about the ad are kept only after a yes, everywhere: `_gclid`, `_gbraid` and `_wbraid` for 90 days at most, `_fbc` and",
        "  `_fbp` for 7 days. The answer itself is kept for 180 days (`backline_consent`), for this artist and the companies named.",
        "  A no deletes the others.",
        "",
        "## What the table rests on",
        "",
        "The laws and the guidance of the authorities named, in their usual reading and read strictly: where it is in doubt whether",
        "legitimate interest would do, the page asks. Compiled from general knowledge of those texts, not article by article from a",
        "fresh reading; laws move faster than a table. Corrections are welcome: one line in the file and this page made anew.",
        "",
        f"## The {len(ASKS)} countries and territories that are asked",
        "",
        "| Where | Countries | How it is read | Source |",
        "|---|---|---|---|",
    ]
    lines += [f"| {law.where} | {law.countries} | {law.reading} | <{law.source}> |" for law in LAWS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
