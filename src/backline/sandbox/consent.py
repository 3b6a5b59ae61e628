"""The page on which an invented person gives an app access: one page for every stand-in that people sign in to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backline.sandbox import pages
from backline.sandbox.answers import body_of

DECISIONS = ("approve", "deny", "server_error")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as; ``note`` says what they are good for."""

    id: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that the app asks for. What ``is_fixed`` is granted with the sign-in and cannot be unticked."""

    id: str
    label: str
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the form posted. ``word`` is one of :data:`DECISIONS`; ``hidden`` are the values that the page was given."""

    word: str
    person: str
    scopes: tuple[str, ...]
    hidden: Mapping[str, str]


def page(
    *,
    service: str,
    app_name: str,
    action: str,
    hidden: Mapping[str, str],
    people: Sequence[Person],
    scopes: Sequence[Scope],
    problem: str = "",
) -> Response:
    """Answer with the page; its form posts to ``action``. Without people it shows the problem alone, with status 400.

    ``hidden`` travels as one field, because an app's own parameters may have the names of the form's.
    A browser applies ``form-action`` to the redirect that follows a form too, and that leads to the app.
    """
    values = {
        "service": service, "app_name": app_name, "action": action, "hidden": urlencode(hidden), "people": people,
        "scopes": scopes, "problem": problem,
    }  # fmt: skip
    answer = pages.html(pages.render("consent.html", **values), 200 if people else 400)
    policy = answer.headers["content-security-policy"]
    answer.headers["content-security-policy"] = policy.replace("form-action 'self'", "form-action 'self' http: https:")
    return answer


async def decision_of(request: Request) -> Decision:
    """Read what the form posted. A scope that is fixed is among ``scopes``."""
    text = (await body_of(request)).decode("utf-8", "replace")
    form = parse_qs(text, keep_blank_values=True)
    word, person, hidden = (form.get(name, [""])[-1] for name in ("decision", "person", "hidden"))
    return Decision(word, person, tuple(form.get("scope", ())), dict(parse_qsl(hidden, keep_blank_values=True)))


def send_back(redirect_uri: str, values: Mapping[str, str]) -> Response:
    """Redirect the browser to the app with ``values`` added to the query of its address."""
    parts = urlsplit(redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303, {"Cache-Control": "no-store"})
