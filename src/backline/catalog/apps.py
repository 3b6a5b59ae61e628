"""Django's handle on this room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.catalog"
    label = "catalog"
