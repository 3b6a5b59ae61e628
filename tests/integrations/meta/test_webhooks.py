from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from backline.integrations.meta.sandbox_people import ONE_PAGE
from backline.integrations.meta.webhooks import LONGEST, SignedRequest, verify_signed_request

SECRET = "the app's secret"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(payload: object, *, secret: str = SECRET) -> str:
    body = encoded(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return f"{encoded(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}.{body}"


GOOD = {"algorithm": "HMAC-SHA256", "issued_at": 1_790_000_000, "user_id": ONE_PAGE}


def test_what_meta_signed_is_believed() -> None:
    assert verify_signed_request(signed(GOOD), secret=SECRET) == SignedRequest(
        ONE_PAGE, datetime.fromtimestamp(1_790_000_000, UTC)
    )


def test_the_signature_is_over_the_text_as_it_came() -> None:
    spaced = json.dumps(GOOD, indent=4).encode() + b"\n"
    found = verify_signed_request(signed(spaced), secret=SECRET)
    assert found is not None
    assert found.user_id == ONE_PAGE


@pytest.mark.parametrize(
    "raw",
    [
        "", ".", "..", "no dot", "a.b", f"{signed(GOOD)}.more", "." + signed(GOOD).split(".")[1],
        signed(GOOD).split(".")[0] + ".", signed(GOOD, secret="another secret"), signed(GOOD, secret=""),
        signed(GOOD)[1:], signed(GOOD) + "A", signed(GOOD) + "\n", " " + signed(GOOD), signed(GOOD) + "=",
        signed(GOOD).replace(".", "٠"), "é" + signed(GOOD), signed(GOOD) + "\udcff",
        signed(GOOD | {"algorithm": "none"}), signed(GOOD | {"algorithm": ""}),
        signed(GOOD | {"algorithm": "HMAC-SHA1"}), signed(GOOD | {"algorithm": None}),
        signed({"user_id": ONE_PAGE}), signed(GOOD | {"user_id": ""}),
        signed(GOOD | {"user_id": 1}), signed(GOOD | {"issued_at": 10**30}), signed(GOOD | {"issued_at": "now"}),
        signed([]), signed(b"\xff\xfe"), signed(b"{"), signed(b""),
        signed(GOOD | {"padding": "x" * LONGEST}), "A" * 50_000_000,
    ],
    ids=range(33),
)  # fmt: skip
def test_anything_else_is_not(raw: str) -> None:
    assert verify_signed_request(raw, secret=SECRET) is None


def test_every_changed_character_is_noticed() -> None:
    raw = signed(GOOD)
    for place, character in enumerate(raw):
        other = "A" if character != "A" else "B"
        assert verify_signed_request(raw[:place] + other + raw[place + 1 :], secret=SECRET) is None


def test_without_a_secret_nothing_is_believed() -> None:
    assert verify_signed_request(signed(GOOD, secret=""), secret="") is None
