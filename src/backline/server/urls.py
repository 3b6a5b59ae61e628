"""Every address of the dashboard's program."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from backline.server import health

# Operators sign in where everybody does, with the same limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

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
