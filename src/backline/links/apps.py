"""Django's handle on this room."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.links"
    label = "links"

    def ready(self) -> None:
        """Have a word when an artist is deleted, so that nothing of it stays public; say what is held about people."""
        from backline.accounts.ports import ARTIST_HOLDERS  # noqa: PLC0415 - models must be ready first
        from backline.links import personal_data  # noqa: PLC0415
        from backline.links.holding import LinksOfArtist  # noqa: PLC0415

        ARTIST_HOLDERS.register("links", LinksOfArtist())
        personal_data.register()
