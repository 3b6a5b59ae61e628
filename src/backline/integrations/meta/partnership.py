"""The operator's side: whether their business is partner of a Page, and whether their ad account can pay.

Both are asked with the operator's own token. When Meta does not take that, nobody's connection is lost: the check says
that the installation has a problem, and the log tells the operator.
"""

from __future__ import annotations

from dataclasses import replace

from backline.connections.types import Check, CheckAction, CheckKind, Choice
from backline.core.errors import NeedsAction, Rejected
from backline.integrations.meta import permissions
from backline.integrations.meta.client import MetaClient
from backline.integrations.meta.refusals import log
from backline.settings.services import MetaSettings

REQUEST = "request_partnership"
_TASK = "ADVERTISE"
_TASKS = (_TASK, "ANALYZE")

_REFUSED = (
    "Meta refuses this installation's own access, so that the partnership cannot be checked. Your connection is kept; "
    "the operator has to look at META_SYSTEM_USER_TOKEN."
)
_MAY_NOT_ASK = "Meta does not let this installation ask for your Page. Follow the steps to add the partner yourself."

_PROBLEMS = {
    2: "has been disabled by Meta",
    3: "has a payment that is due",
    7: "is under review by Meta",
    8: "waits for a payment to go through",
    100: "is about to be closed",
    101: "is closed",
}
"""What keeps an ad account from showing ads, by ``account_status`` (Marketing API, ad account)."""
_WELL = frozenset({1, 9})
"""Active, and in the days of grace after a failed payment, in which ads go on."""


class Partnership:
    """Between the operator's business and a Page."""

    def __init__(self, settings: MetaSettings, client: MetaClient) -> None:
        self._settings = settings
        self._client = client

    def checks(self, page: Choice | None) -> tuple[Check, ...]:
        """Return the check of the partnership with ``page`` (None: there is none yet) and of the ad account."""
        partnership = Check("partnership", "Meta partnership", url=f"{self._settings.business_url}/settings/partners")
        account = Check("ad_account", "Ad account of this installation")
        try:
            return self._partnership(partnership, page), self._ad_account(account)
        except (NeedsAction, Rejected) as refusal:
            log.error("meta.operator_refused", problem=refusal.message)
            return (replace(partnership, kind=CheckKind.PROBLEM, message=_REFUSED),)

    def request(self, page: Choice) -> None:
        """Ask to be the partner of a Page, unless that is so or was asked already.

        Raises ``NeedsAction`` where Meta does not let the app ask, as most since June 2021.
        """
        try:
            if not self._tasks_on(page.external_id) and not self._is_pending(page.external_id):
                self._client.request_client_page(page.external_id, tasks=_TASKS)
        except (NeedsAction, Rejected) as refusal:
            log.warning("meta.request_refused", problem=refusal.message)
            raise NeedsAction(_MAY_NOT_ASK) from None

    def _partnership(self, check: Check, page: Choice | None) -> Check:
        if page is None:
            return replace(check, kind=CheckKind.PARTNERSHIP, message="This follows when the Page is chosen.")
        tasks = self._tasks_on(page.external_id)
        if permissions.may(_TASK, tasks):
            return check
        if tasks:
            message = f"We are a partner of {page.name}, but may not advertise for it. Switch on Ads for the partner."
            return replace(check, kind=CheckKind.PARTNERSHIP, message=message, steps=self._steps(page))
        if self._is_pending(page.external_id):
            return replace(
                check,
                kind=CheckKind.PARTNERSHIP_REQUESTED,
                message=f"We asked to be a partner of {page.name}. Approve that in your Business settings at Meta.",
                steps=(
                    "Open Business settings at Meta, then Requests.",
                    f"Approve the request of business {self._settings.business_id} for {page.name}.",
                    "If there is no request, add the partner yourself:",
                    *self._steps(page),
                ),
            )
        return replace(
            check,
            kind=CheckKind.PARTNERSHIP,
            message=f"We may not advertise for {page.name} yet. Let us ask for it, or add us as a partner yourself.",
            steps=self._steps(page),
            actions=(CheckAction(REQUEST, "Ask for the partnership"),),
        )

    def _steps(self, page: Choice) -> tuple[str, ...]:
        return (
            "Open Business settings at Meta, then Partners.",
            "Choose Add, then Give a partner access to your assets.",
            f"Enter our business id: {self._settings.business_id}",
            f"Choose Pages, then {page.name}, and switch on Ads and Insights.",
            "Save, come back here and check again.",
        )

    def _tasks_on(self, page_id: str) -> tuple[str, ...]:
        return next((page.permitted_tasks for page in self._client.client_pages() if page.id == page_id), ())

    def _is_pending(self, page_id: str) -> bool:
        return any(request.page.id == page_id for request in self._client.pending_client_pages())

    def _ad_account(self, check: Check) -> Check:
        status = self._client.operators_ad_account().account_status
        if status in _WELL:
            return check
        if status in _PROBLEMS:
            message = f"The ad account that pays for campaigns {_PROBLEMS[status]}. This installation's operator"
            return replace(check, kind=CheckKind.PROBLEM, message=f"{message} has to settle that.")
        log.error("meta.unknown_account_status", status=status)
        message = f"Meta gives the ad account that pays for campaigns a status that we do not know ({status})."
        return replace(check, kind=CheckKind.UNKNOWN, message=f"{message} The operator has been told.")
