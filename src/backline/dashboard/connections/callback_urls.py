"""Where platforms send people back to. The exact address is registered at each platform, so it never changes."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.connections import callback

app_name = "connections"
urlpatterns = [path("<slug:provider>/callback/", callback.callback, name="callback")]
