"""The Graph API of the stand-in: people, Pages, businesses, ad accounts, and the partnership between them.

Facts: ``docs/developers/outside-services.md``. Errors have Meta's codes: 190 with a subcode for a token that is dead,
10 and 200 for a permission, 100 for a parameter, 3 for what the app may not call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from backline.integrations.meta.sandbox_fields import GraphError, Node, listing, parse, show
from backline.integrations.meta.sandbox_people import AdAccount, Instagram, Page, Person
from backline.integrations.meta.sandbox_state import Meta, Token, required, tasks_of
from backline.sandbox import identifiers

SYSTEM_USER = "10240000000000001"
OPERATOR = "Backline (operator)"


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a node or an edge, its token checked. ``url`` is where it went, for the address of a next page."""

    method: str
    path: tuple[str, ...]
    params: Mapping[str, Any]
    token: Token
    word: str
    url: str


class Graph:
    """Answers calls."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta

    def answer(self, call: Call) -> dict[str, Any]:
        """Return the answer's body. Raises :class:`GraphError`."""
        node, *edges = call.path
        if len(edges) > 1:
            raise _unknown_path("/".join(edges))
        edge = edges[0] if edges else ""
        if node == "me":
            return self._me(call, edge)
        if node in self._meta.now.people and call.token.person == node:
            return self._me(call, edge)
        if node == self._meta.app.business_id:
            return self._business(call, edge)
        if node.startswith("act_"):
            return self._ad_account(call, node.removeprefix("act_"), edge)
        found = self._meta.page(node)
        if found is not None:
            return self._page(call, *found, edge)
        raise _no_object(node)

    def _me(self, call: Call, edge: str) -> dict[str, Any]:
        token = call.token
        if token.kind == "system":
            if edge:
                raise _unknown_path(edge)
            return self._show(call, Node("SystemUser", {"id": SYSTEM_USER, "name": "Backline system user"}))
        if token.kind == "page":
            return self._page(call, *self._owned(token.page), edge)
        if token.kind == "app":
            raise GraphError(2500, "An active access token must be used to query information about the current user.")
        person = self._meta.now.people[token.person]
        if edge == "permissions" and call.method == "DELETE":
            self._meta.remove_app(person)
            return {"success": True}
        me = self._person(person)
        if edge:
            return self._list(call, me, edge)
        return self._show(call, me)

    def _person(self, person: Person) -> Node:
        first, _, last = person.name.partition(" ")
        return Node(
            "User",
            {
                "id": person.id, "name": person.name, "first_name": first, "last_name": last,
                "email": person.email if "email" in person.granted else None, "picture": self._picture(person.id),
            },
            {
                "accounts": lambda: self._pages_of(person),
                "permissions": lambda: [
                    Node("Permission", {"permission": name, "status": status}, usual=("permission", "status"))
                    for status, names in (("granted", person.granted), ("declined", person.declined))
                    for name in sorted(names)
                ],
                "businesses": lambda: self._needs(person, "business_management", lambda: [
                    Node("Business", {"id": number, "name": name}) for number, name in person.businesses
                ]),
                "adaccounts": lambda: self._needs(person, "ads_read", lambda: [
                    _ad_account(account) for account in person.ad_accounts
                ]),
            },
        )  # fmt: skip

    def _needs(self, person: Person, permission: str, nodes: Callable[[], list[Node]]) -> list[Node]:
        accepted = {permission} | ({"ads_management"} if permission == "ads_read" else set())
        if not accepted & person.granted:
            raise GraphError(200, f"(#200) Requires {permission} permission to manage the object", status=403)
        return nodes()

    def _pages_of(self, person: Person) -> list[Node]:
        if "pages_show_list" not in person.granted:
            return []
        return [self._page_node(person, page) for page in person.pages]

    def _page_node(self, person: Person, page: Page) -> Node:
        instagram = page.instagram if "instagram_basic" in person.granted else None
        return Node(
            "Page",
            {
                "id": page.id, "name": page.name, "category": "Musician/band", "tasks": list(page.tasks),
                "access_token": lambda: self._meta.page_token(person, page), "link": f"https://www.facebook.com/{page.id}",
                "picture": self._picture(page.id), "instagram_business_account": instagram and _instagram(instagram),
            },
            usual=("access_token", "category", "name", "tasks"),
        )  # fmt: skip

    def _picture(self, thing_id: str) -> dict[str, Any]:
        url = f"{self._meta.world.base_url}/meta/www/pictures/{thing_id}.jpg"
        return {"data": {"height": 50, "width": 50, "is_silhouette": False, "url": url}}

    def _page(self, call: Call, person: Person, page: Page, edge: str) -> dict[str, Any]:
        token = call.token
        is_own = token.person == person.id
        is_partner = token.kind == "system" and page.id in self._meta.now.partners
        if not (is_own or is_partner):
            raise _no_object(page.id)
        if not edge:
            return self._show(call, self._page_node(person, page), usual=("name",))
        if edge == "agencies":
            return self._agencies(call, page)
        if edge == "assigned_users":
            return self._assigned(call, page.id)
        raise _unknown_path(edge)

    def _agencies(self, call: Call, page: Page) -> dict[str, Any]:
        now, app = self._meta.now, self._meta.app
        if call.token.kind != "page":
            raise GraphError(190, "(#190) This method must be called with a Page Access Token")
        if call.method == "POST":
            self._demand_access()
            if "MANAGE" not in page.tasks:
                raise GraphError(200, "(#200) Permissions error", status=403)
            if required(call.params, "business") != app.business_id:
                raise _no_object(str(call.params["business"])[:40])
            now.partners[page.id] = tasks_of(call.params.get("permitted_tasks"), "permitted_tasks")
            now.pending.pop(page.id, None)
            return {"success": True}
        if call.method == "DELETE":
            now.partners.pop(page.id, None)
            return {"success": True}
        tasks = list(now.partners.get(page.id, ()))
        found = Node("Business", {"id": app.business_id, "name": OPERATOR, "permitted_tasks": tasks})
        return self._listed(call, [found] if tasks else [])

    def _business(self, call: Call, edge: str) -> dict[str, Any]:
        now, app = self._meta.now, self._meta.app
        if not edge:
            return self._show(call, Node("Business", {"id": app.business_id, "name": OPERATOR}))
        if call.token.kind != "system":
            raise GraphError(200, "(#200) Permissions error", status=403)
        if edge == "client_pages" and call.method == "POST":
            return self._ask(call)
        if edge == "client_pages" and call.method == "GET":
            return self._listed(
                call,
                [
                    Node("Page", {"id": page.id, "name": page.name, "permitted_tasks": list(tasks)})
                    for page_id, tasks in now.partners.items()
                    for _, page in [self._owned(page_id)]
                ],
            )
        if edge == "pending_client_pages" and call.method == "GET":
            return self._listed(call, [self._request(page_id, tasks) for page_id, tasks in now.pending.items()])
        raise _unknown_path(edge)

    def _ask(self, call: Call) -> dict[str, Any]:
        self._demand_access()
        page_id = required(call.params, "page_id")
        tasks = tasks_of(call.params.get("permitted_tasks"), "permitted_tasks")
        if self._meta.page(page_id) is None:
            raise _no_object(page_id[:40])
        if page_id in self._meta.now.partners:
            return {"access_status": "CONFIRMED"}
        self._meta.now.pending[page_id] = tasks
        return {"access_status": "PENDING"}

    def _request(self, page_id: str, tasks: tuple[str, ...]) -> Node:
        _, page = self._owned(page_id)
        number = str(identifiers.small(16, "partner request", page_id))
        wanted = Node("Page", {"id": page.id, "name": page.name})
        fields = {"id": number, "page": wanted, "permitted_tasks": list(tasks)}
        return Node("BusinessPageRequest", fields, usual=("page",))

    def _ad_account(self, call: Call, number: str, edge: str) -> dict[str, Any]:
        if call.token.kind == "system":
            accounts = [self._meta.operators_account()]
        elif call.token.person:
            person = self._meta.now.people[call.token.person]
            accounts = person.ad_accounts
            self._needs(person, "ads_read", list)
        else:
            accounts = []
        for account in accounts:
            if account.id == number:
                if edge == "assigned_users":
                    return self._assigned(call, f"act_{number}")
                if edge:
                    raise _unknown_path(edge)
                return self._show(call, _ad_account(account))
        raise _no_object(f"act_{number}")

    def _assigned(self, call: Call, asset: str) -> dict[str, Any]:
        users = self._meta.now.assigned.setdefault(asset, {})
        if call.method == "POST":
            user = required(call.params, "user")
            if user != SYSTEM_USER:
                raise _no_object(user[:40])
            users[user] = tasks_of(call.params.get("tasks"), "tasks")
            return {"success": True}
        if call.method == "DELETE":
            users.pop(required(call.params, "user"), None)
            return {"success": True}
        nodes = [
            Node("AssignedUser", {"id": user, "tasks": list(tasks)}, usual=("tasks",)) for user, tasks in users.items()
        ]
        return self._listed(call, nodes)

    def _demand_access(self) -> None:
        if not self._meta.now.may_ask_partners:
            raise GraphError(3, "(#3) Application does not have the capability to make this API call.")

    def _owned(self, page_id: str) -> tuple[Person, Page]:
        found = self._meta.page(page_id)
        if found is None:
            raise _no_object(page_id)
        return found

    def _show(self, call: Call, node: Node, *, usual: tuple[str, ...] | None = None) -> dict[str, Any]:
        _demand_get(call)
        if "fields" not in call.params and usual is not None:
            node = Node(node.kind, node.fields, node.edges, usual)
        return show(node, _fields(call))

    def _list(self, call: Call, node: Node, edge: str) -> dict[str, Any]:
        if edge not in node.edges:
            raise _unknown_path(edge)
        _demand_get(call)
        return self._listed(call, list(node.edges[edge]()))

    def _listed(self, call: Call, nodes: list[Node]) -> dict[str, Any]:
        def next_url(after: str) -> str:
            kept = {name: value for name, value in call.params.items() if name in ("fields", "limit")}
            return f"{call.url}?{urlencode(kept | {'access_token': call.word, 'after': after})}"

        return listing(nodes, call.params, _fields(call), next_url)


def _fields(call: Call) -> Any:
    text = call.params.get("fields")
    return parse(text) if text else None


def _demand_get(call: Call) -> None:
    if call.method != "GET":
        message = f"Unsupported {call.method.lower()} request."
        raise GraphError(100, message, subcode=33, kind="GraphMethodException")


def _instagram(account: Instagram) -> Node:
    return Node("IGUser", {"id": account.id, "username": account.username, "name": account.name}, usual=())


def _ad_account(account: AdAccount) -> Node:
    return Node(
        "AdAccount",
        {
            "id": f"act_{account.id}", "account_id": account.id, "name": account.name,
            "account_status": account.status, "currency": account.currency, "timezone_name": account.timezone,
            "disable_reason": account.disable_reason,
        },
        usual=("account_id",),
    )  # fmt: skip


def _no_object(node: str) -> GraphError:
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation.",
        subcode=33,
        kind="GraphMethodException",
    )


def _unknown_path(edge: str) -> GraphError:
    return GraphError(2500, f"Unknown path components: /{edge}")
