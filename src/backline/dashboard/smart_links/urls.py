"""Addresses of Smart Links, under ``/a/{slug}/links/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.smart_links import (
    adding,
    destinations,
    editing,
    importing,
    listing,
    looks,
    ordering,
    pixels,
    preview,
    reviewing,
    settings_page,
    sub_links,
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
    path("settings/look/", looks.look, name="links_look"),
    path("settings/bio/", looks.bio, name="links_bio"),
    path("settings/links/", sub_links.of_hub, name="links_hub_links"),
    path("settings/progress/", looks.progress, name="links_progress"),
    path("settings/publish/", looks.publish_again, name="links_publish_again"),
    path("settings/order/", ordering.order, name="links_order"),
    path("settings/pixels/", pixels.pixels, name="links_pixels"),
    path("settings/spotify/", settings_page.spotify, name="links_spotify"),
    path("<uuid:link_id>/", editing.link, name="link"),
    path("<uuid:link_id>/text/", editing.text, name="link_text"),
    path("<uuid:link_id>/look/", editing.look, name="link_look"),
    path("<uuid:link_id>/video/", editing.video, name="link_video"),
    path("<uuid:link_id>/links/", sub_links.of_link, name="link_sub_links"),
    path("<uuid:link_id>/order/", destinations.order, name="link_order"),
    path("<uuid:link_id>/address/", editing.address, name="link_address"),
    path("<uuid:link_id>/publish/", editing.publish, name="link_publish"),
    path("<uuid:link_id>/unpublish/", editing.unpublish, name="link_unpublish"),
    path("<uuid:link_id>/services/", destinations.add_service, name="link_add_service"),
    path("<uuid:link_id>/services/<slug:service>/", destinations.fix_service, name="link_fix_service"),
    path("<uuid:link_id>/services/<slug:service>/shown/", destinations.show_service, name="link_show_service"),
    path("<uuid:link_id>/services/<slug:service>/reset/", destinations.reset_service, name="link_reset_service"),
    path("<uuid:link_id>/preview/", preview.page, name="link_preview"),
    path("<uuid:link_id>/qr/", preview.qr, name="link_qr"),
    path("<uuid:link_id>/qr.<str:form>", preview.qr_file, name="link_qr_file"),
]
