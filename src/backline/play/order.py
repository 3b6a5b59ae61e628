"""In which order a page shows its services to a fan (SL-23, SL-24). Pure."""

from __future__ import annotations

from backline.contract.pages import PublishedPage, Service
from backline.play import markets

ENOUGH = 3
"""A service that is not offered in the country is hidden when at least this many others remain."""


def destination(service: Service, country: str) -> str:
    """Return the URL a fan in ``country`` is led to, empty when the service has nothing there."""
    return service.territories.get(country, service.url)


def service_order(page: PublishedPage, country: str) -> tuple[str, ...]:
    """Return the slugs of the services to show, first to last; ``country`` is ISO 3166-1 alpha-2 or empty."""
    present = {service.service: service for service in page.services if destination(service, country)}
    if page.order == "fixed":
        chosen = [slug for slug in dict.fromkeys(page.fixed_order) if slug in present]
        return (*chosen, *(slug for slug in present if slug not in chosen))
    leaders = markets.MARKETS.get(country, ())
    ranked = [slug for slug in leaders if slug in present]
    ranked += [slug for slug in present if slug not in ranked]
    offered: list[str] = []
    absent: list[str] = []
    for slug in ranked:
        is_there = country in present[slug].territories or markets.is_offered(slug, country)
        (offered if is_there or not country else absent).append(slug)
    if len(offered) >= ENOUGH:
        return tuple(offered)
    return (*offered, *absent)
