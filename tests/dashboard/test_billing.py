"""The billing page: which plan there is, and whom to ask for one."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.urls import reverse
from tests.factories.accounts import make_user
from tests.factories.dashboards import Studio, make_studio, signed_in

from backline.accounts.types import Role
from backline.billing.services import set_plan
from backline.billing.types import Tier
from backline.core import audit, clock
from backline.settings import environment

pytestmark = pytest.mark.django_db


def give(studio: Studio, tier: Tier, *, is_active: bool = True) -> None:
    set_plan(artist_id=studio.artist.id, tier=tier, is_active=is_active, note="Half price", actor=audit.SYSTEM)


@pytest.mark.req("PC-51")
@pytest.mark.parametrize("role", list(Role))
def test_without_a_plan_everybody_reads_who_sets_it(studio: Studio, role: Role) -> None:
    html = studio.client_of(role).get(studio.url("billing/")).content.decode()
    assert "Managed-advertising plan" in html
    assert "Not active</span>" in html
    assert "the operator of this installation sets the plan" in html
    contact = environment.current().contact_email
    assert f'href="mailto:{contact}?subject={quote("Managed advertising for Halla Norden")}"' in html
    assert "/operator/" not in html


@pytest.mark.req("PC-51")
def test_a_plan_is_shown_with_its_day(studio: Studio) -> None:
    with clock.frozen(datetime(2025, 3, 4, 12, 30, tzinfo=UTC)):
        give(studio, Tier.PLUS)
    html = studio.page("billing/")
    assert "<dd>Plus</dd>" in html
    assert "Active</span>" in html
    assert "4 March 2025" in html
    assert "Half price" not in html


def test_an_ended_plan_says_what_stays(studio: Studio) -> None:
    give(studio, Tier.STARTER, is_active=False)
    html = studio.page("billing/")
    assert "Ended</span>" in html
    assert "What you connected stays as it is" in html


def test_an_operator_is_led_to_where_it_is_set(studio: Studio) -> None:
    operator = signed_in(make_user(is_superuser=True))
    add = f"{reverse('admin:billing_plan_add')}?artist={studio.artist.id}"
    html = operator.get(studio.url("billing/")).content.decode()
    assert f'href="{add}">Activate managed advertising</a>' in html
    give(studio, Tier.STARTER)
    change = reverse("admin:billing_plan_change", args=[studio.artist.id])
    html = operator.get(studio.url("billing/")).content.decode()
    assert f'href="{change}">Change the plan</a>' in html
    assert operator.get(add).status_code == operator.get(change).status_code == 200


def test_a_plan_belongs_to_one_artist(studio: Studio) -> None:
    give(studio, Tier.PLUS)
    assert "Not active</span>" in make_studio("Boreal Sund").page("billing/")


def test_the_log_says_in_words_what_was_set(studio: Studio) -> None:
    give(studio, Tier.PLUS)
    html = studio.client.get(reverse("account:artist_log", args=[studio.artist.slug])).content.decode()
    assert "set the managed-advertising plan of" in html
    assert "from no plan to Plus, active" in html
