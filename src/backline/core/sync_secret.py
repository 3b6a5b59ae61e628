"""The shared secret of background endpoints: schedulers send it, people never see it."""

from __future__ import annotations

import hmac

from backline.settings import environment

_SCHEME = "bearer "


def is_authorized(header: str | None) -> bool:
    """Tell whether an ``Authorization`` header carries the configured secret (``Bearer <BACKLINE_SYNC_SECRET>``).

    The comparison takes the same time wherever the first difference is. Without a configured secret nobody is
    authorized.
    """
    secret = environment.current().sync_secret
    given = header or ""
    if not secret or given[: len(_SCHEME)].lower() != _SCHEME:
        return False
    return hmac.compare_digest(given[len(_SCHEME) :].strip().encode(), secret.encode())
