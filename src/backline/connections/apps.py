"""Django's handle on this room."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.connections"
    label = "connections"
