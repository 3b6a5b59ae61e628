"""Django's handle on this room."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.connections"
    label = "connections"

    def ready(self) -> None:
        """Say what is held about people."""
        from backline.connections import personal_data  # noqa: PLC0415 - models must be ready first

        personal_data.register()
