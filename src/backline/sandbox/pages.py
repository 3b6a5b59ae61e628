"""The sandbox's own HTML: templates, the stylesheet, the headers of every page."""

from __future__ import annotations

import functools
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https: http:; form-action 'self'; "
    "frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"
)


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("backline.sandbox", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return _templates().get_template(template).render(**values)


def html(page: str, status: int = 200) -> Response:
    """Answer with a page that runs no script and is kept by nobody."""
    return Response(
        page.encode("utf-8", "replace"),
        status,
        {
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
        "text/html",
    )
