"""Every address of the dashboard's program."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from backline.server import health
from backline.server.operations import views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("internal/", include("backline.server.internal")),
    path("webhooks/", include("backline.server.webhooks")),
    path("account/", include("allauth.urls")),
    path("operator/status/", admin.site.admin_view(views.status), name="operator_status"),
    path("operator/status/jobs/<int:job_id>/run", admin.site.admin_view(views.run_again), name="operator_run_again"),
    path("operator/", admin.site.urls),
    path("connections/", include("backline.dashboard.connections.callback_urls")),
    path("", include("backline.dashboard.account.urls")),
    path("", include("backline.dashboard.urls")),
]

handler400 = "backline.dashboard.errors.bad_request"
handler403 = "backline.dashboard.errors.not_allowed"
handler404 = "backline.dashboard.errors.not_found"
handler500 = "backline.dashboard.errors.server_error"
