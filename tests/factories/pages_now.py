"""What stands at a public path now."""

from __future__ import annotations

from backline.contract import pages
from backline.links.models import PublishedPage


def document_at(path: str) -> pages.Document:
    """Return the document at a path."""
    return pages.decode(bytes(PublishedPage.objects.get(path=path).document))


def page_at(path: str) -> pages.PublishedPage:
    """Return the page at a path."""
    document = document_at(path)
    assert isinstance(document, pages.PublishedPage), document
    return document


def redirect_at(path: str) -> str:
    """Return where a path leads."""
    document = document_at(path)
    assert isinstance(document, pages.Redirected), document
    return document.to


def gone_at(path: str) -> pages.Gone:
    """Return what says that a path is gone."""
    document = document_at(path)
    assert isinstance(document, pages.Gone), document
    return document
