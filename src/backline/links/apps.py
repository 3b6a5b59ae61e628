"""Django's handle on this room."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.links"
    label = "links"

    def ready(self) -> None:
        """Have a word when an artist is deleted: nothing of it stays public."""
        from backline.accounts.ports import ARTIST_HOLDERS  # noqa: PLC0415
        from backline.links.holding import LinksOfArtist  # noqa: PLC0415

        ARTIST_HOLDERS.register("links", LinksOfArtist())
