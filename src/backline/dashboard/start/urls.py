"""Addresses of the start, under ``/start/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.start import views

urlpatterns = [
    path("", views.start, name="start"),
    path("artist/<str:external_id>/", views.confirm, name="start_confirm"),
]
