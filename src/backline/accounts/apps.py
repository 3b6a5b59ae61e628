"""Django's handle on this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.accounts"
    label = "accounts"
