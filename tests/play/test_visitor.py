"""Two play processes, whatever becomes of the database, make one code of one fan, one artist and one day."""

from __future__ import annotations

import time

import pytest

from backline.play.visitor import DAY_MS, Visitors

TODAY = time.time_ns() // 1_000_000 // DAY_MS
SALT, NEXT = b"s" * 32, b"n" * 32


def code(visitors: Visitors, *, day: int = TODAY, artist: str = "a", address: str = "198.51.100.1") -> str:
    return visitors.code(day * DAY_MS, artist, address, "Firefox")


def knowing(salts: dict[int, bytes]) -> Visitors:
    visitors = Visitors()
    visitors.use(salts)
    return visitors


@pytest.mark.req("PP-42")
def test_a_code_is_of_one_day_and_one_artist() -> None:
    visitors = knowing({TODAY: SALT, TODAY + 1: NEXT})
    codes = [code(visitors), code(visitors, artist="b"), code(visitors, address="198.51.100.2")]
    codes.append(code(visitors, day=TODAY + 1))
    assert len(set(codes)) == 4
    assert code(knowing({TODAY: SALT})) == codes[0]


@pytest.mark.parametrize("days", [1, 2, 5])
def test_without_the_database_all_go_on_with_the_same_salt(days: int) -> None:
    first, second = knowing({TODAY: SALT}), knowing({TODAY - 1: NEXT, TODAY: SALT})
    code(first)  # one has had fans today, the other none since long ago
    assert code(first, day=TODAY + days) == code(second, day=TODAY + days) != code(knowing({TODAY: SALT}))


def test_the_salt_that_comes_back_with_the_database_is_taken() -> None:
    visitors = knowing({TODAY - 1: SALT})
    made = code(visitors)
    visitors.use({TODAY: NEXT})
    assert made != code(visitors) == code(knowing({TODAY: NEXT}))
    visitors.use({})
    assert code(visitors) == code(knowing({TODAY: NEXT}))


def test_a_process_that_never_knew_a_salt_has_its_own() -> None:
    assert code(Visitors()) != code(Visitors())
    assert not Visitors().has_shared_salt


@pytest.mark.req("PP-42")
def test_past_salts_leave_the_memory_without_a_fan() -> None:
    visitors = knowing({TODAY - 2: b"old" * 11, TODAY - 1: SALT})
    code(visitors, day=TODAY - 1)
    visitors.forget_past()
    held = [value for value in vars(visitors).values() if isinstance(value, dict)]
    assert all(SALT not in value.values() and b"old" * 11 not in value.values() for value in held)
    assert code(visitors) == code(knowing({TODAY - 1: SALT}))
