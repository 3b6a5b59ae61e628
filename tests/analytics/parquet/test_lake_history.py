"""Files of earlier schemas are read with newer ones, old files go, and old verdicts are given again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.factories.analytics import BOT, NOON, SpoolWriter, access_to, make_event
from tests.factories.lake import Died, dying_at, files_that_count, ids_in_lake

from backline.accounts.types import ArtistAccess
from backline.analytics import questions
from backline.analytics.judging.agents import JUDGEMENT
from backline.analytics.models import LakeFile
from backline.analytics.parquet import compaction, lake, manifest, rejudging
from backline.analytics.parquet.replacing import MergeStep
from backline.analytics.parquet.store import LakeStore
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import BotReason, Dimension, Totals
from backline.core import clock
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
EVER = {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)}
ADDED_SINCE = ("utm_term", "utm_content", "referrer_kind", "marks", "bot_name", "bot_reason", "signals", "judgement")


def make_old(settings: Environment) -> None:
    """Make every listed file one of an earlier schema, which had fewer columns."""
    for file in LakeFile.objects.filter(replaced_at=None):
        path = settings.lake_folder / file.path
        rewrite(path, lambda table: table.drop_columns(list(ADDED_SINCE)))
        file.size_bytes, file.sha256, file.schema_version = path.stat().st_size, lake.digest(path), 0
        file.save()


def rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    table = pq.read_table(path)
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)


def every_answer(access: ArtistAccess) -> list[object]:
    """Ask every question there is."""
    return [
        questions.totals(access, **EVER),
        questions.by_link(access, **EVER),
        questions.series(access, timezone="Europe/Berlin", **EVER),
        questions.by_link_series(access, timezone="Europe/Berlin", link_ids=[LINK], **EVER),
        *(questions.by_dimension(access, dimension=dimension, **EVER) for dimension in Dimension),
        questions.bot_reasons(access, **EVER),
        questions.last_event_at(access),
    ]


ARTIST, LINK = new_id(), new_id()


@pytest.mark.parametrize("is_mixed", [False, True])
def test_every_question_is_answered_from_files_of_an_earlier_schema(
    settings: Environment, spool: SpoolWriter, is_mixed: bool
) -> None:
    with clock.frozen(NOON + timedelta(days=60)):
        spool.write(
            make_event(artist=ARTIST, country="DE"),
            make_event(artist=ARTIST, link=LINK, kind="service_click", service="spotify"),
            make_event(artist=new_id()),
        )
        ship_once(settings)
        spool.write(make_event(artist=ARTIST, at=NOON + timedelta(days=1), link=LINK))
        if not is_mixed:
            ship_once(settings)
        # Referrers are told by their kind, which old files lack: there it is not known.
        make_old(settings)
        if is_mixed:
            ship_once(settings)

        answers = every_answer(access_to(ARTIST))

        assert answers[0] == Totals(views=2, service_clicks=1)
        assert answers[1] == {"": Totals(views=1), str(LINK): Totals(views=1, service_clicks=1)}
        kinds = {row.value: row.views for row in questions.by_dimension(
            access_to(ARTIST), dimension=Dimension.REFERRER_KIND, **EVER
        )}  # fmt: skip
        assert kinds == ({"": 1, "direct": 1} if is_mixed else {"": 2})

        LakeFile.objects.update(created_at=clock.now() - timedelta(hours=1))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 4)]
        (file,) = LakeFile.objects.filter(replaced_at=None)
        assert file.schema_version == lake.SCHEMA_VERSION
        assert pq.read_schema(settings.lake_folder / file.path).names == lake.SCHEMA.names
        assert every_answer(access_to(ARTIST)) == answers


def test_a_file_of_a_newer_version_is_not_merged_and_said_so(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON + timedelta(days=60)):
        for _ in range(2):
            spool.write(make_event(artist=ARTIST))
            ship_once(settings)
        for path in lake.lake_files(settings):
            rewrite(path, lambda table: table.append_column("of_tomorrow", table["kind"]))
        LakeFile.objects.update(created_at=clock.now() - timedelta(hours=1))
        (problem,) = compaction.compact(settings).problems
    assert problem.endswith("A newer version of Backline wrote columns unknown here: of_tomorrow.")


def test_files_whose_every_event_is_old_go_and_the_edge_stays(settings: Environment, spool: SpoolWriter) -> None:
    settings = replace(settings, events_kept_days=30)
    with clock.frozen(NOON + timedelta(days=60)) as advance:
        for day in (1, 2, 3, 20):
            spool.write(make_event(artist=ARTIST, at=datetime(2026, 3, day, tzinfo=UTC)))
            ship_once(settings)
        assert LakeStore(settings).delete_before(date(2026, 3, 3)) == 2
        assert len(ids_in_lake(settings)) == 2
        assert LakeStore(settings).delete_before(date(2026, 3, 3)) == 0

        advance(timedelta(minutes=31))
        compaction.compact(settings)
        assert files_that_count() == [("month", "2026-03-01", 2)]
        assert LakeStore(settings).delete_before(date(2026, 3, 20)) == 0
        assert LakeStore(settings).delete_before(date(2026, 3, 21)) == 2
        advance(timedelta(minutes=11))
        compaction.tidy(settings)
    assert lake.files_on_disk(settings.lake_folder) == []
    assert manifest.check(settings).oldest_at is None


def unjudge(settings: Environment) -> None:
    """Give every event the verdict of rules that knew no bots."""
    for path in lake.lake_files(settings):
        rewrite(path, lambda table: _with(_with(_with(table, "bot_reason", ""), "bot_name", ""), "judgement", "old"))


def _with(table: Any, name: str, text: str) -> Any:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), [[text] * table.num_rows])


def test_history_is_judged_by_the_present_rules(settings: Environment, spool: SpoolWriter) -> None:
    with clock.frozen(NOON + timedelta(days=60)):
        for day in (1, 2, 3):
            at = datetime(2026, 3, day, 12, tzinfo=UTC)
            spool.write(
                make_event(artist=ARTIST, at=at),
                make_event(artist=ARTIST, at=at, user_agent=BOT),
                make_event(artist=ARTIST, at=at, signals=("prefetch",)),
            )
            ship_once(settings)
        spool.write(make_event(artist=ARTIST, at=datetime(2026, 3, 3, tzinfo=UTC)))
        ship_once(settings)
        unjudge(settings)
        untouched = LakeFile.objects.order_by("-id")[0]

        stretch = {"since": datetime(2026, 3, 2, tzinfo=UTC), "until": datetime(2026, 3, 4, tzinfo=UTC)}
        report = LakeStore(settings).rejudge(**stretch)

        assert (report.rows, report.changed) == (7, 4)
        assert report.by_reason == {("", "declared_bot"): 2, ("", "prefetch"): 2}
        assert questions.totals(access_to(ARTIST), **EVER) == Totals(views=6, bots=4)
        reasons = questions.bot_reasons(access_to(ARTIST), **EVER).reasons
        assert reasons == {BotReason.DECLARED_BOT: 2, BotReason.PREFETCH: 2}
        assert LakeFile.objects.get(pk=untouched.pk).replaced_at is None
        assert LakeStore(settings).rejudge(**stretch).changed == 0
        assert len(set(ids_in_lake(settings))) == 10


def test_a_minute_that_lies_in_two_files_is_judged_as_one(settings: Environment, spool: SpoolWriter) -> None:
    """A tap a tenth of a second after its page gives a program away, also when the two were shipped apart."""
    for kind, at in (("view", NOON), ("service_click", NOON + timedelta(milliseconds=100))):
        spool.write(make_event(artist=ARTIST, link=LINK, kind=kind, at=at, visitor="0123456789abcdef"))
        ship_once(settings)
    assert questions.totals(access_to(ARTIST), **EVER) == Totals(views=1, service_clicks=1)
    assert LakeStore(settings).rejudge(**EVER).by_reason == {("", "too_fast"): 2}
    assert questions.totals(access_to(ARTIST), **EVER) == Totals(bots=2)


@pytest.mark.parametrize("step", [MergeStep.WRITTEN, MergeStep.LISTED, MergeStep.COMMITTED])
def test_a_death_while_history_is_judged_is_made_good_by_doing_it_again(
    settings: Environment, spool: SpoolWriter, step: MergeStep
) -> None:
    for _ in range(3):
        spool.write(make_event(artist=ARTIST), make_event(artist=ARTIST, user_agent=BOT))
        ship_once(settings)
    before = ids_in_lake(settings)
    unjudge(settings)
    with pytest.raises(Died):
        rejudging.rejudge(settings, on_step=dying_at(step), **EVER)
    assert ids_in_lake(settings) == before
    rejudging.rejudge(settings, **EVER)
    assert ids_in_lake(settings) == before
    assert questions.totals(access_to(ARTIST), **EVER) == Totals(views=3, bots=3)
    judged = {row["judgement"] for path in lake.lake_files(settings) for row in pq.read_table(path).to_pylist()}
    assert judged == {JUDGEMENT}
