"""Django's handle on this room."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        """Say what pages are called to the room of figures, which does not know the room of links."""
        from backline.analytics import ports  # noqa: PLC0415
        from backline.dashboard.audience import naming  # noqa: PLC0415

        ports.PAGE_NAMES.register(ports.PAGE_NAMES_KEY, naming.page_names)
