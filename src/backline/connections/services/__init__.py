"""What can be done with connections: one function per use case."""

from __future__ import annotations

from backline.connections.consents import ConsentRefusedError
from backline.connections.services.addressing import confirm, find, give_up_stuck, look_up, search
from backline.connections.services.checking import check, check_due, check_now, look_again_at
from backline.connections.services.choosing import act, choices, choose, try_again
from backline.connections.services.consenting import (
    Callback,
    PlanNeededError,
    Returned,
    exchange,
    give_up_abandoned,
    start_consent,
    take_callback,
)
from backline.connections.services.ending import (
    deletion_refusal,
    disconnect,
    drop_grants_long_ended,
    forget_tokens,
    forget_what_was_lost,
    give_back,
    hold_connections,
    reset,
)
from backline.connections.services.linking import approve_by_operator, end_by_operator, mark_sent, waive
from backline.connections.services.pictures import keep_picture
from backline.connections.services.spotify import (
    artist_from_spotify,
    connect_spotify,
    fetch_picture,
    must_be_reviewed,
    settle_claim,
    spotify_artist_id,
)

__all__ = [
    "Callback",
    "ConsentRefusedError",
    "PlanNeededError",
    "Returned",
    "act",
    "approve_by_operator",
    "artist_from_spotify",
    "check",
    "check_due",
    "check_now",
    "choices",
    "choose",
    "confirm",
    "connect_spotify",
    "deletion_refusal",
    "disconnect",
    "drop_grants_long_ended",
    "end_by_operator",
    "exchange",
    "fetch_picture",
    "find",
    "forget_tokens",
    "forget_what_was_lost",
    "give_back",
    "give_up_abandoned",
    "give_up_stuck",
    "hold_connections",
    "keep_picture",
    "look_again_at",
    "look_up",
    "mark_sent",
    "must_be_reviewed",
    "reset",
    "search",
    "settle_claim",
    "spotify_artist_id",
    "start_consent",
    "take_callback",
    "try_again",
    "waive",
]
