"""A figure that nobody can read about does not exist; an alert on a figure that does not exist never rings."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "backline"
PAGE = ROOT / "docs" / "operators" / "monitoring.md"
RULES = ROOT / "docs" / "operators" / "alerts.yml"
MAKERS = {"Counter", "Gauge", "Histogram", "family", "Family"}
_PARTS = re.compile(r"_(bucket|sum|count)$")


def _made() -> dict[str, str]:
    """Return the figures that the code makes, as Prometheus shows them, with what kind each is."""
    found = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            maker, name = getattr(node.func, "id", ""), node.args[0].value
            if maker not in MAKERS or not isinstance(name, str) or not name.startswith("backline_"):
                continue
            kind = node.args[1].value if maker.lower() == "family" and isinstance(node.args[1], ast.Constant) else maker
            is_counter = str(kind).lower() == "counter"
            found[name if not is_counter or name.endswith("_total") else f"{name}_total"] = str(kind).lower()
    return found


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_figure_is_on_the_operators_page() -> None:
    made = _made()
    assert len(made) > 50
    described = dict(re.findall(r"^\| `(backline_[a-z_]+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE))
    assert described == made


def test_every_alert_asks_for_figures_that_exist() -> None:
    made = _made()
    for rule in _rules():
        names = {_PARTS.sub("", name) for name in re.findall(r"\bbackline_[a-z_]+", rule["expr"])}
        assert names or "up{job=" in rule["expr"], rule["alert"]
        assert names <= set(made), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")
        for name in re.findall(r"(?:rate|increase)\((backline_[a-z_]+)", rule["expr"]):
            assert made[_PARTS.sub("", name)] in ("counter", "histogram"), f"{rule['alert']} takes the rate of a gauge"


def test_every_alert_says_what_to_do() -> None:
    names = [rule["alert"] for rule in _rules()]
    assert len(names) == len(set(names))
    explained = re.findall(r"^\| `(Backline\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(names)
    for rule in _rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
