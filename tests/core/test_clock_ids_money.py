from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backline.core import clock
from backline.core.ids import new_id
from backline.core.money import CurrencyMismatchError, Money


def test_the_clock_is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_a_held_clock_moves_only_when_told() -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with clock.frozen(start) as advance:
        assert clock.now() == start
        advance(timedelta(days=3))
        assert clock.now() == start + timedelta(days=3)
    assert clock.now() != start + timedelta(days=3)


def test_the_clock_refuses_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="aware"), clock.frozen(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_ids_are_of_version_7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {made.version for made in ids} == {7}
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(123456, "USD"), "1234.56 USD"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(1, "KWD"), "0.001 KWD"),
    ],
)
def test_money_is_shown_in_its_own_minor_units(money: Money, shown: str) -> None:
    assert str(money) == shown


def test_money_of_two_currencies_does_not_add_up() -> None:
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(CurrencyMismatchError):
        Money(1, "USD") - Money(1, "EUR")
