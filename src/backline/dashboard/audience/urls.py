"""Addresses of the Audience tab, under ``/a/{slug}/audience/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.audience import exporting, overview, reporting

urlpatterns = [
    path("", overview.audience, name="audience"),
    path("by/<str:name>/", overview.values, name="audience_values"),
    path("judge-again/", overview.judge_again, name="audience_judge_again"),
    path("exports/", exporting.page, name="audience_exports"),
    path("exports/progress/", exporting.progress, name="audience_exports_progress"),
    path("exports/<uuid:export_id>/", exporting.download, name="audience_export"),
    path("exports/<uuid:export_id>/delete/", exporting.delete, name="audience_export_delete"),
    path("reports/", reporting.page, name="audience_reports"),
    path("reports/<str:cadence>/members/", reporting.schedule, name="audience_schedule"),
    path("reports/share/", reporting.share, name="audience_share"),
    path("reports/<uuid:report_id>/end/", reporting.end, name="audience_share_end"),
]
