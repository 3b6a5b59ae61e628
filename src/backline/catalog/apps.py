"""Django's handle on this room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Say what is held about people."""
        from backline.catalog import personal_data  # noqa: PLC0415 - models must be ready first

        personal_data.register()
