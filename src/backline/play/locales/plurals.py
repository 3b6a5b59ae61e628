"""Which form of a counted sentence goes with a number: CLDR's cardinal rules, for whole numbers.

What CLDR says of fractions and of whole millions (``many`` in French, Italian, Portuguese and Spanish) is left out:
nothing on a page is counted that far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Category = Literal["zero", "one", "two", "few", "many", "other"]


@dataclass(frozen=True, slots=True)
class PluralRule:
    """The categories that a language tells apart, in CLDR's order, and how it does."""

    categories: tuple[Category, ...]
    category: Callable[[int], Category]


def _arabic(number: int) -> Category:
    rest = number % 100
    if number in (0, 1, 2):
        first: tuple[Category, ...] = ("zero", "one", "two")
        return first[number]
    return "other" if rest < 3 else "few" if rest <= 10 else "many"


def _slavic(number: int, *, is_one: bool) -> Category:
    if is_one:
        return "one"
    return "few" if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else "many"


NONE = PluralRule(("other",), lambda _: "other")
"""Chinese, Indonesian, Japanese, Korean: a number changes nothing."""
ONE = PluralRule(("one", "other"), lambda n: "one" if n == 1 else "other")
"""Danish, Dutch, English, German, Italian, Norwegian, Spanish, Swedish, Turkish."""
ZERO_AND_ONE = PluralRule(("one", "other"), lambda n: "one" if n <= 1 else "other")
"""French, Hindi, Portuguese."""
POLISH = PluralRule(("one", "few", "many"), lambda n: _slavic(n, is_one=n == 1))
UKRAINIAN = PluralRule(("one", "few", "many"), lambda n: _slavic(n, is_one=n % 10 == 1 and n % 100 != 11))
ARABIC = PluralRule(("zero", "one", "two", "few", "many", "other"), _arabic)
