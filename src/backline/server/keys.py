"""``backline keys check``, ``rotate`` and ``forget``: the keys of BACKLINE_ENCRYPTION_KEYS and what they wrap.

Keys are named by their ids, which tell nothing about them.
"""

from __future__ import annotations

from backline.core import vault
from backline.server.commands import say


def check() -> int:
    """Say which key wraps how many data keys; returns 1 when one of them is not configured. Django must be up."""
    uses = vault.key_uses()
    for number, use in enumerate(uses, start=1):
        say(f"{use.key_id}  {_standing(use, number)}, {_data_keys(use.data_keys)}")
    if not uses:
        say("No key is configured, and none is in use.")
    missing = missing_keys(uses)
    if missing:
        say(missing)
    return 1 if missing else 0


def rotate() -> int:
    """Wrap every data key under the current key, while everything runs; returns 1 when some could not be."""
    done = vault.rewrap_all(on_batch=lambda count: say(f"{_data_keys(count)} wrapped anew ..."))
    uses = vault.key_uses()
    (current,) = [use.key_id for use in uses if use.is_current]
    say(f"Done: {_data_keys(done.count)} wrapped anew under {current}, {done.left:,} left under another key.")
    for number, use in enumerate(uses, start=1):
        if use.is_configured and not use.is_current and not use.data_keys:
            say(f"Key number {number} of {vault.SETTING} ({use.key_id}) wraps nothing any more and may be removed.")
    if done.left:
        say(missing_keys(uses) or "What is left does not open or is just being made: repeat this in a minute.")
    return 1 if done.left else 0


def forget(key_id: str) -> int:
    """Delete what was sealed under a key that is gone for good. Raises ``Rejected`` for a key that is configured."""
    count = vault.forget_under(key_id)
    say(f"Deleted: {_data_keys(count)}. Their artists have to connect their platforms again.")
    return 0


def missing_keys(uses: tuple[vault.KeyUse, ...]) -> str:
    """Return what is missing and what to do, or nothing where every key that is in use is configured."""
    missing = [use for use in uses if not use.is_configured]
    if not missing:
        return ""
    count, names = sum(use.data_keys for use in missing), ", ".join(use.key_id for use in missing)
    return (
        f"{vault.SETTING} does not hold what wraps {_data_keys(count)} ({names}): what they seal stays closed. Put the "
        "missing keys back and start Backline again. See docs/operators/keys.md."
    )


def _data_keys(count: int) -> str:
    return "1 data key" if count == 1 else f"{count:,} data keys"


def _standing(use: vault.KeyUse, number: int) -> str:
    if not use.is_configured:
        return "missing"
    return "current" if use.is_current else f"number {number}, opens only"
