"""Django's handle on this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen to what people do with their account, and say what is held about them."""
        from backline.accounts import personal_data, sign_in, social  # noqa: PLC0415 - models must be ready first

        sign_in.listen()
        social.listen()
        personal_data.register()
