"""Django's handle on this room."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """See the package's docstring."""

    name = "backline.billing"
    label = "billing"

    def ready(self) -> None:
        """Have a word when an artist is deleted; say what is held about people."""
        from backline.accounts.ports import ARTIST_HOLDERS  # noqa: PLC0415 - models must be ready first
        from backline.billing import personal_data  # noqa: PLC0415
        from backline.billing.holding import PlanOfArtist  # noqa: PLC0415

        ARTIST_HOLDERS.register("billing", PlanOfArtist())
        personal_data.register()
