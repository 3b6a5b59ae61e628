"""Addresses of Platform Connections, under ``/a/{slug}/connections/``. ``key`` is a platform."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.connections import connecting, ending, finishing, page, pictures

urlpatterns = [
    path("", page.connections, name="connections"),
    path("rows/", page.rows, name="connections_rows"),
    path("picture/", pictures.picture, name="connections_picture"),
    path("<slug:key>/connect/", connecting.connect, name="connection_connect"),
    path("<slug:key>/start/", connecting.start, name="connection_start"),
    path("<slug:key>/confirm/", connecting.confirm, name="connection_confirm"),
    path("<slug:key>/choose/", finishing.choose, name="connection_choose"),
    path("<slug:key>/act/", finishing.act, name="connection_act"),
    path("<slug:key>/try/", finishing.try_again, name="connection_try"),
    path("<slug:key>/check/", finishing.check, name="connection_check"),
    path("<slug:key>/disconnect/", ending.disconnect, name="connection_disconnect"),
    path("<slug:key>/reset/", ending.reset, name="connection_reset"),
]
