"""Addresses of the dashboard. One artist's rooms stand under ``/a/{slug}/``."""

from __future__ import annotations

from django.urls import include, path

from backline.dashboard import home, reporting
from backline.dashboard.audience import shared

app_name = "dashboard"
urlpatterns = [
    path("", home.home, name="home"),
    path("start/", include("backline.dashboard.start.urls")),
    path("a/<slug:slug>/", include("backline.dashboard.overview.urls")),
    path("a/<slug:slug>/audience/", include("backline.dashboard.audience.urls")),
    path("report/", reporting.report_page, name="report_page"),
    path("shared/<str:token>/", shared.report, name="shared_report"),
    path("a/<slug:slug>/connections/", include("backline.dashboard.connections.urls")),
    path("a/<slug:slug>/billing/", include("backline.dashboard.billing.urls")),
    path("help/", include("backline.dashboard.help.urls")),
    path("a/<slug:slug>/links/", include("backline.dashboard.smart_links.urls")),
]
