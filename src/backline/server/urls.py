"""Every address of the dashboard's program."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from backline.server import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("internal/", include("backline.server.internal")),
    path("account/", include("allauth.urls")),
    path("operator/", admin.site.urls),
    path("", include("backline.dashboard.account.urls")),
    path("", include("backline.dashboard.urls")),
]

handler400 = "backline.dashboard.errors.bad_request"
handler403 = "backline.dashboard.errors.not_allowed"
handler404 = "backline.dashboard.errors.not_found"
handler500 = "backline.dashboard.errors.server_error"
