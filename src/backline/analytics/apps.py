"""Django's handle on this room."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.analytics"
    label = "analytics"

    def ready(self) -> None:
        """Declare what this room holds about people."""
        from backline.analytics import personal_data  # noqa: PLC0415

        personal_data.register()
