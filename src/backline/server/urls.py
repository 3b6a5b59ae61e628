"""Every address of the dashboard's program."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("operator/", admin.site.urls),
]
