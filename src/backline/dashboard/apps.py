"""Django's handle on this room."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.dashboard"
    label = "dashboard"
