"""Whether the addresses that pages lead to still answer, and what follows when one does not, or does again.

An address is dead after two definite answers, far enough apart that a store's bad night is not taken for an end.
Whatever is not definite (a refusal, a limit, a fault, silence) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backline.catalog import ports, resting
from backline.catalog.models import LinkHealth, ServiceLink, SourceAnswer
from backline.catalog.state import HEALTH
from backline.catalog.types import Address, Decision, Health, Look, Verdict
from backline.core import clock, jobs
from backline.core.ids import new_id
from backline.core.telemetry import measures

SURE_AFTER = timedelta(hours=20)
"""How far apart two definite answers have to be. A night's check comes about 24 hours after the one before."""
FORGET_AFTER = timedelta(days=60)
AT_ONCE = 8
"""Addresses that are asked at the same time. Of one host the checker asks few in a second, however many wait."""
CHECKER = "stores"


@dataclass(frozen=True, slots=True)
class _Answer:
    look: Look
    at: datetime


def check_addresses(*, addresses: Iterable[Address], not_since: timedelta) -> frozenset[str]:
    """Look at each address that was not looked at during the last ``not_since``, and act on what they answer.

    Returns those that could not be asked now, because their host wants to be left alone. Where an address is dead, or
    alive again, the pages of its releases are published again and the sources are asked anew where they are.
    """
    wanted = {address.url: address for address in addresses}
    recent = LinkHealth.objects.filter(url__in=wanted, checked_at__gt=clock.now() - not_since)
    due = [wanted[url] for url in wanted.keys() - set(recent.values_list("url", flat=True))]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        looks = dict(zip((address.url for address in due), threads.map(_look, due), strict=True))
    _record({url: answer for url, answer in looks.items() if answer is not None})
    return frozenset(url for url, answer in looks.items() if answer is None)


def forget_unused() -> None:
    """Forget addresses that no page has led to for two months: they are not asked any more."""
    LinkHealth.objects.filter(checked_at__lt=clock.now() - FORGET_AFTER).delete()


def _look(address: Address) -> _Answer | None:
    """Ask one address; None while its host rests. Runs in a thread of its own and touches no database."""
    host = f"page:{urlsplit(address.url).hostname}"
    if not resting.may_ask(host):
        return None
    look = ports.link_checkers.get(CHECKER).look(address)
    measures.LINK_CHECKS.labels(look.verdict.value).inc()
    if look.rest is None:
        resting.has_answered(host)
    else:
        resting.let_rest(host, after=look.rest)
    return _Answer(look, clock.now())


def _record(answers: Mapping[str, _Answer]) -> None:
    """Write what was answered and let it have its consequences, in one transaction.

    Rows are locked in one order, so two workers that looked at the same address follow one another; an answer that
    is older than what is known is dropped.
    """
    if not answers:
        return
    with transaction.atomic():
        LinkHealth.objects.bulk_create(
            (LinkHealth(id=new_id(), url=url, checked_at=answer.at) for url, answer in sorted(answers.items())),
            ignore_conflicts=True,
        )
        rows = LinkHealth.objects.select_for_update().filter(url__in=answers).order_by("url")
        fresh = [row for row in rows if answers[row.url].at >= row.checked_at]
        moves: dict[Health, list[LinkHealth]] = {Health.ALIVE: [], Health.SUSPECTED: [], Health.DEAD: []}
        for row in fresh:
            answer = answers[row.url]
            if (to := _next(row, answer)) is not None:
                moves[to].append(row)
            row.answer, row.checked_at = answer.look.answer, answer.at
            if answer.look.verdict is not Verdict.UNKNOWN:
                row.answered_at = answer.at
        LinkHealth.objects.bulk_update(fresh, ["answer", "checked_at", "answered_at"])
        for to, moved in moves.items():
            if moved:
                _move(LinkHealth.objects.filter(pk__in=[row.pk for row in moved]), to)
        _publish_again({row.url for row in moves[Health.ALIVE] if row.status == Health.DEAD})
        _replace({row.url for row in moves[Health.DEAD]})


def _next(row: LinkHealth, answer: _Answer) -> Health | None:
    """Return which status an answer leads to, None for the present one."""
    match answer.look.verdict, Health(row.status):
        case Verdict.ALIVE, Health.SUSPECTED | Health.DEAD:
            return Health.ALIVE
        case Verdict.GONE, Health.ALIVE:
            return Health.SUSPECTED
        case Verdict.GONE, Health.SUSPECTED if row.suspected_at and answer.at - row.suspected_at >= SURE_AFTER:
            return Health.DEAD
    return None


def _move(rows: QuerySet[LinkHealth], to: Health) -> None:
    now = clock.now()
    match to:
        case Health.ALIVE:
            HEALTH.move_all(rows, to=to, reason="It answers.", also={"suspected_at": None, "dead_at": None})
        case Health.SUSPECTED:
            HEALTH.move_all(rows, to=to, reason="It says that nothing is there.", also={"suspected_at": now})
        case Health.DEAD:
            HEALTH.move_all(rows, to=to, reason="It said so again.", also={"dead_at": now})


def _publish_again(urls: Collection[str]) -> None:
    """Have the pages published that show these addresses, or showed them, among what was found."""
    for release_id in _releases_at(urls):
        jobs.enqueue(
            "links.republish_release",
            once=f"links.republish_release:{release_id}",
            priority=10,
            release_id=str(release_id),
        )


def _replace(urls: Collection[str]) -> None:
    """Take dead addresses off the pages at once, and ask every source anew where the releases are now."""
    _publish_again(urls)
    releases = _releases_at(urls)
    # What the sources said before is what is wrong now.
    SourceAnswer.objects.filter(release_id__in=releases).delete()
    for release_id in releases:
        jobs.enqueue("links.refresh_release", once=f"links.refresh_release:{release_id}", release_id=str(release_id))


def _releases_at(urls: Collection[str]) -> list[UUID]:
    if not urls:
        return []
    links = ServiceLink.objects.filter(url__in=urls, decision=Decision.ACCEPTED)
    return list(links.values_list("release_id", flat=True).order_by("release_id").distinct())
