"""What is reachable without signing in is exactly what is meant to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from backline.core.tenancy import PUBLIC_VIEWS


def _views(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, object]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _views(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or entry.pattern}", entry.callback


@pytest.mark.req("PP-50")
def test_only_the_listed_views_are_public():
    public = {name for name, view in _views(get_resolver()) if not getattr(view, "login_required", True)}
    assert public == PUBLIC_VIEWS
