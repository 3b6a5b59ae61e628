"""Addresses of Smart Links, under ``/a/{slug}/links/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.smart_links import (
    adding,
    editing,
    importing,
    listing,
    ordering,
    preview,
    reviewing,
    settings_page,
)

urlpatterns = [
    path("", listing.links_view, name="links"),
    path("links.csv", listing.links_csv, name="links_csv"),
    path("bots/", listing.bots, name="links_bots"),
    path("add/", adding.add, name="links_add"),
    path("import/", importing.progress, name="import_progress"),
    path("import/cancel/", importing.cancel, name="import_cancel"),
    path("import/now/", importing.now, name="import_now"),
    path("import/again/", importing.again, name="import_again"),
    path("review/", reviewing.review, name="links_review"),
    path("settings/", settings_page.settings, name="links_settings"),
    path("settings/order/", ordering.order, name="links_order"),
    path("settings/spotify/", settings_page.spotify, name="links_spotify"),
    path("<uuid:link_id>/", editing.link, name="link"),
    path("<uuid:link_id>/text/", editing.text, name="link_text"),
    path("<uuid:link_id>/address/", editing.address, name="link_address"),
    path("<uuid:link_id>/publish/", editing.publish, name="link_publish"),
    path("<uuid:link_id>/unpublish/", editing.unpublish, name="link_unpublish"),
    path("<uuid:link_id>/services/", editing.add_service, name="link_add_service"),
    path("<uuid:link_id>/services/<slug:service>/", editing.fix_service, name="link_fix_service"),
    path("<uuid:link_id>/services/<slug:service>/shown/", editing.show_service, name="link_show_service"),
    path("<uuid:link_id>/services/<slug:service>/reset/", editing.reset_service, name="link_reset_service"),
    path("<uuid:link_id>/preview/", preview.page, name="link_preview"),
    path("<uuid:link_id>/qr/", preview.qr, name="link_qr"),
    path("<uuid:link_id>/qr.<str:form>", preview.qr_file, name="link_qr_file"),
]
