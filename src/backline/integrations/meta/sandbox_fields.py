"""How Graph answers with a node or a list: ``?fields=a,b{c},d.limit(5){e}``, cursors, and what is no field."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backline.sandbox.answers import whole

Json = dict[str, Any]

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 5_000
_DEEPEST = 20
_NAME = re.compile(r"[a-z_]+")
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


class GraphError(Exception):
    """A request that Graph refuses: its status, code and subcode, and what it says."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int = 0,
        status: int = 400,
        kind: str = "OAuthException",
        user_message: str = "",
        is_transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"message": message, "type": kind, "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        if is_transient:
            self.error["is_transient"] = True
        if user_message:
            self.error |= {"error_user_title": "This is not possible", "error_user_msg": user_message}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that was asked for, with what was asked of its inside (None: whatever there is by default)."""

    name: str
    modifiers: Mapping[str, str]
    inside: tuple[Field, ...] | None


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of the graph. ``edges`` are lists of other things, made when asked for; ``usual`` is what comes unasked.

    A field whose value is None exists, but is left out of the answer; one that is a function is made when it is shown.
    """

    kind: str
    fields: Mapping[str, Any]
    edges: Mapping[str, Callable[[], Sequence[Node]]] = field(default_factory=dict)
    usual: tuple[str, ...] = ("name",)


def parse(text: str) -> tuple[Field, ...]:
    """Read ``fields``. Raises :class:`GraphError` for what cannot be read."""
    if text.count("{") > _DEEPEST:
        raise _syntax(text)
    fields, rest = _read(text, 0)
    if rest != len(text):
        raise _syntax(text)
    return fields


def show(node: Node, wanted: tuple[Field, ...] | None) -> Json:
    """Return a node with the fields that were asked for; its id always comes."""
    if wanted is None:
        wanted = tuple(Field(name, {}, None) for name in node.usual)
    shown: Json = {}
    for one in wanted:
        if one.name in node.edges:
            shown[one.name] = listing(node.edges[one.name](), one.modifiers, one.inside, lambda _: None)
        elif one.name in node.fields:
            value = node.fields[one.name]
            value = value() if callable(value) else value
            if value is not None:
                shown[one.name] = _inside(value, one)
        else:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({one.name}) on node type ({node.kind})")
    return shown | ({"id": node.fields["id"]} if "id" in node.fields else {})


def listing(
    nodes: Sequence[Node],
    modifiers: Mapping[str, str],
    wanted: tuple[Field, ...] | None,
    next_url: Callable[[str], str | None],
) -> Json:
    """Return a page of a list; ``next_url`` makes the address of the next one from its cursor."""
    limit = whole(modifiers.get("limit"), DEFAULT_LIMIT, 1, 999_999)
    if limit is None:
        raise GraphError(100, "(#100) Param limit must be a positive integer")
    begin = _place(modifiers.get("after", ""))
    end = begin + min(limit, LARGEST_LIMIT)
    answer: Json = {"data": [show(node, wanted) for node in nodes[begin:end]]}
    if answer["data"]:
        after = _cursor(end)
        answer["paging"] = {"cursors": {"before": _cursor(begin), "after": after}}
        if end < len(nodes) and (url := next_url(after)):
            answer["paging"]["next"] = url
    return answer


def _inside(value: Any, one: Field) -> Any:
    if isinstance(value, Node):
        return show(value, one.inside)
    if isinstance(value, dict) and one.inside is not None:  # a picture: its fields lie one level deeper
        return {"data": {inner.name: value["data"].get(inner.name) for inner in one.inside}}
    return value


def _read(text: str, at: int) -> tuple[tuple[Field, ...], int]:
    fields: list[Field] = []
    while True:
        name = _NAME.match(text, at)
        if name is None:
            raise _syntax(text)
        at = name.end()
        modifiers = {}
        while modifier := _MODIFIER.match(text, at):
            modifiers[modifier[1]] = modifier[2]
            at = modifier.end()
        inside = None
        if text[at : at + 1] == "{":
            inside, at = _read(text, at + 1)
            if text[at : at + 1] != "}":
                raise _syntax(text)
            at += 1
        fields.append(Field(name[0], modifiers, inside))
        if text[at : at + 1] != ",":
            return tuple(fields), at
        at += 1


def _syntax(text: str) -> GraphError:
    return GraphError(2500, f'Syntax error "Expected end of string." in: {text[:80]}')


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"at:{place}".encode()).decode("ascii").rstrip("=")


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return int(text.removeprefix("at:"))
    except (binascii.Error, ValueError):
        raise GraphError(100, "(#100) Invalid cursors values") from None
