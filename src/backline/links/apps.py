"""Django's handle on this room."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.links"
    label = "links"
