"""Django's handle on this room."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.analytics"
    label = "analytics"
