"""Django's handle on this room."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Audit log and transitions."""

    name = "backline.core"
    label = "core"
