"""The audit log in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backline.accounts.types import AuditLine, AuditPage
from backline.core.ids import new_id
from backline.dashboard.account.wording import in_words


@pytest.mark.req("PP-50")
@pytest.mark.parametrize(
    ("action", "detail", "origin", "words"),
    [
        ("artist.rename", {"from": "A", "to": "B"}, "web", ("renamed the artist", "from A to B", "Website")),
        (
            "artist.set_genres",
            {"from": [], "to": ["Folk"]},
            "cli",
            ("changed the genres of", "to: Folk", "Command line"),
        ),
        ("link.publish", {"link_id": "x", "id": "y"}, "job:links.publish", ("published", "", "Background work")),
        ("shop.sell_cake", {"is_sweet": True}, "elsewhere", ("sell cake (shop)", "is sweet: yes", "elsewhere")),
    ],
)
def test_a_line_reads_as_a_sentence(action, detail, origin, words):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    line = AuditLine(at, new_id(), "Rika Sund", action, "Kettle", detail, origin)
    read = in_words(AuditPage((line,), "")).lines[0]
    assert (read.who, read.item) == ("Rika Sund", "Kettle")
    assert (read.what, read.detail, read.origin) == words


def test_an_erased_person_stays_somebody():
    line = AuditLine(datetime(2026, 3, 1, tzinfo=UTC), new_id(), "", "link.add", "Kettle", {}, "web")
    assert in_words(AuditPage((line,), "")).lines[0].who == "Somebody whose account was erased"
