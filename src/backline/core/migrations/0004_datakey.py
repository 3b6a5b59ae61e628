from django.db import migrations, models

import backline.core.clock
import backline.core.ids


class Migration(migrations.Migration):
    dependencies = [("core", "0003_heartbeat")]

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backline.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_type", models.CharField(max_length=16)),
                ("owner_id", models.UUIDField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(default=backline.core.clock.now)),
                ("rotated_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("owner_type", "owner_id"), name="core_datakey_once")],
            },
        ),
    ]
