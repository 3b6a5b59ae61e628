import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "artist",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.artist",
                    ),
                ),
                ("tier", models.CharField(choices=[("starter", "Starter"), ("plus", "Plus")], max_length=16)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="For operators; the artist does not see it.", max_length=300
                    ),
                ),
                ("set_by", models.UUIDField(null=True)),
                ("set_at", models.DateTimeField()),
            ],
        ),
    ]
