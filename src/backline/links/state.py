"""The four independent statuses of a link, and what is true of them together."""

from __future__ import annotations

from backline.core.state import StateMachine
from backline.links.types import (
    APPROVED_CLAIMS,
    ClaimStatus,
    LinkState,
    PublishState,
    RenderState,
    TakedownStatus,
)

CLAIM = StateMachine(
    name="links.claim",
    field="claim_status",
    transitions={
        ClaimStatus.AUTO_APPROVED: frozenset({ClaimStatus.PENDING_OPS_REVIEW, ClaimStatus.REJECTED}),
        ClaimStatus.PENDING_OPS_REVIEW: frozenset({ClaimStatus.APPROVED_BY_OPS, ClaimStatus.REJECTED}),
        ClaimStatus.APPROVED_BY_OPS: frozenset({ClaimStatus.REJECTED}),
        ClaimStatus.REJECTED: frozenset({ClaimStatus.APPROVED_BY_OPS}),
    },
)

PUBLISH = StateMachine(
    name="links.publish",
    field="publish_state",
    transitions={
        PublishState.PUBLISHED: frozenset({PublishState.UNPUBLISHED}),
        PublishState.UNPUBLISHED: frozenset({PublishState.PUBLISHED}),
    },
)

TAKEDOWN = StateMachine(
    name="links.takedown",
    field="takedown_status",
    transitions={
        TakedownStatus.NONE: frozenset({TakedownStatus.ACTIVE}),
        TakedownStatus.ACTIVE: frozenset({TakedownStatus.RESOLVED}),
        TakedownStatus.RESOLVED: frozenset({TakedownStatus.ACTIVE}),
    },
)

RENDER = StateMachine(
    name="links.render",
    field="render_state",
    transitions={
        RenderState.QUEUED: frozenset({RenderState.RENDERING}),
        RenderState.RENDERING: frozenset({RenderState.RENDERED, RenderState.FAILED, RenderState.QUEUED}),
        RenderState.RENDERED: frozenset({RenderState.QUEUED}),
        RenderState.FAILED: frozenset({RenderState.QUEUED}),
    },
    is_traced=False,
)
"""A change of one link renders it within its own transaction and leaves the state alone; a change of all links of an
artist queues them. A worker that died while rendering leaves ``rendering``, which is queued again."""


def is_public(*, claim_status: str, publish_state: str, takedown_status: str) -> bool:
    """Tell whether fans can open the page: approved, published and not taken down (SL-11)."""
    return (
        claim_status in APPROVED_CLAIMS
        and publish_state == PublishState.PUBLISHED
        and takedown_status != TakedownStatus.ACTIVE
    )


def is_secret(*, claim_status: str, was_public: bool) -> bool:
    """Tell whether a page that is not public must look as if it had never been (404 instead of 410, SL-11)."""
    return claim_status not in APPROVED_CLAIMS or not was_public


def state_of(*, claim_status: str, publish_state: str, takedown_status: str) -> LinkState:
    """Return the one word for the statuses together; the gravest reason not to be public comes first."""
    if takedown_status == TakedownStatus.ACTIVE:
        return LinkState.TAKEN_DOWN
    if claim_status == ClaimStatus.REJECTED:
        return LinkState.REJECTED
    if claim_status == ClaimStatus.PENDING_OPS_REVIEW:
        return LinkState.IN_REVIEW
    if publish_state == PublishState.UNPUBLISHED:
        return LinkState.UNPUBLISHED
    return LinkState.PUBLIC
