"""Addresses of the overview, under ``/a/{slug}/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.overview import views

urlpatterns = [path("", views.overview, name="overview")]
