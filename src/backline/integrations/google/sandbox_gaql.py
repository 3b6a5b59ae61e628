"""The Google Ads Query Language, as far as our few resources need it: SELECT, FROM, WHERE, ORDER BY, LIMIT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIELDS: Mapping[str, frozenset[str]] = {
    "data_link": frozenset(
        {
            "data_link.resource_name", "data_link.product_link_id", "data_link.data_link_id", "data_link.type",
            "data_link.status", "data_link.youtube_video.channel_id", "data_link.youtube_video.video_id",
        }
    ),
    "customer": frozenset(
        {
            "customer.resource_name", "customer.id", "customer.descriptive_name", "customer.status", "customer.manager",
            "customer.test_account", "customer.currency_code", "customer.time_zone",
        }
    ),
}  # fmt: skip

_QUERY = re.compile(
    r"SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<resource>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>[\w.]+)(?:\s+(?P<way>ASC|DESC))?)?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(?P<field>[\w.]+)\s*(?P<operator>!=|=|\bIN\b)\s*(?P<value>.+)", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"|([\w.-]+)")

Row = Mapping[str, Any]
"""Values by the full name of their field."""


class QueryError(Exception):
    """A query that is refused; ``code`` is a ``QueryErrorEnum``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. ``conditions`` are a field, whether one of the values is wanted or unwanted, and the values."""

    resource: str
    fields: tuple[str, ...]
    conditions: tuple[tuple[str, bool, frozenset[str]], ...]
    order: str
    is_descending: bool
    limit: int | None

    def pick(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that are asked for."""
        found = [row for row in rows if all(_holds(row, condition) for condition in self.conditions)]
        if self.order:
            found.sort(key=lambda row: str(row[self.order]), reverse=self.is_descending)
        return found[: self.limit]


def parse(text: str) -> Query:
    """Read a query. Raises :class:`QueryError`."""
    match = _QUERY.fullmatch(text.strip())
    if match is None:
        raise QueryError("UNEXPECTED_INPUT", "Error in query: unexpected input.")
    resource = match["resource"].lower()
    if resource not in FIELDS:
        raise QueryError("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{resource}' is not a valid resource.")
    fields = tuple(field.strip() for field in match["fields"].split(","))
    parts = re.split(r"\s+AND\s+", match["where"], flags=re.IGNORECASE) if match["where"] else []
    conditions = tuple(_condition(part) for part in parts)
    named = (*fields, *(field for field, _, _ in conditions), *([match["order"]] if match["order"] else []))
    for field in named:
        if field not in FIELDS[resource]:
            raise QueryError("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.")
    is_descending = (match["way"] or "").upper() == "DESC"
    limit = int(match["limit"]) if match["limit"] else None
    return Query(resource, fields, conditions, match["order"] or "", is_descending, limit)


def shape(row: Row, fields: Sequence[str]) -> dict[str, Any]:
    """Return a row as the API sends it: nested, in camel case, without what was not asked for."""
    resource = fields[0].partition(".")[0]
    shaped: dict[str, Any] = {}
    for field in {f"{resource}.resource_name", *fields}:
        *folders, name = (camel(part) for part in field.split("."))
        place = shaped
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = row[field]
    return shaped


def camel(name: str) -> str:
    """Return ``resource_name`` as ``resourceName``."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _condition(text: str) -> tuple[str, bool, frozenset[str]]:
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise QueryError("BAD_OPERATOR", "Error in query: bad operator.")
    value = match["value"].strip()
    is_list = match["operator"].upper() == "IN"
    if is_list and not (value.startswith("(") and value.endswith(")")):
        raise QueryError("EXPECTED_LIST", "Error in query: expected a list.")
    values = [_VALUE.fullmatch(part.strip()) for part in (value[1:-1].split(",") if is_list else [value])]
    if not all(values):
        raise QueryError("BAD_VALUE", "Error in query: bad value.")
    wanted = frozenset(next(group for group in one.groups() if group is not None) for one in values if one)
    return match["field"], match["operator"] != "!=", wanted


def _holds(row: Row, condition: tuple[str, bool, frozenset[str]]) -> bool:
    field, is_wanted, values = condition
    return (str(row[field]) in values) is is_wanted
