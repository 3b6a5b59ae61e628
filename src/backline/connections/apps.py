"""Django's handle on this room."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.connections"
    label = "connections"

    def ready(self) -> None:
        """Have a word when an artist is deleted, so that access is given back; say what is held about people."""
        from backline.accounts.ports import ARTIST_HOLDERS  # noqa: PLC0415 - models must be ready first
        from backline.connections import personal_data  # noqa: PLC0415
        from backline.connections.holding import ConnectionsOfArtist  # noqa: PLC0415

        ARTIST_HOLDERS.register("connections", ConnectionsOfArtist())
        personal_data.register()
