"""Addresses of billing, under ``/a/{slug}/billing/``."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.billing import views

urlpatterns = [path("", views.billing, name="billing")]
