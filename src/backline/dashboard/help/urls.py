"""Addresses of the help pages, under ``/help/``. They are about no artist."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.help import views

urlpatterns = [
    path("connections/", views.connections, name="help_connections"),
    path("connections/<slug:page>/", views.page, name="help_page"),
]
