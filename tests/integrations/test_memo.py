from __future__ import annotations

import pytest

from backline.integrations.memo import Memo


def test_a_value_is_fetched_once_until_it_is_too_old_or_pushed_out() -> None:
    now, fetched = [0.0], []
    memo: Memo[str] = Memo(most=2, seconds=10, monotonic=lambda: now[0])

    def ask(key: str) -> str:
        return memo.get(key, lambda: fetched.append(key) or key.upper())  # type: ignore[func-returns-value]

    assert [ask("a"), ask("a"), ask("b")] == ["A", "A", "B"]
    assert fetched == ["a", "b"]
    ask("a")
    ask("c")  # b was used longest ago
    ask("a")
    ask("b")
    assert fetched == ["a", "b", "c", "b"]
    now[0] = 10.0
    ask("b")
    assert fetched == ["a", "b", "c", "b", "b"]


def test_an_error_is_not_kept() -> None:
    memo: Memo[int] = Memo(most=2, seconds=10)
    with pytest.raises(ZeroDivisionError):
        memo.get("a", lambda: 1 // 0)
    assert memo.get("a", lambda: 5) == 5
