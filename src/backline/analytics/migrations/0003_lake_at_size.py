from django.db import migrations, models
from django.db.models import F, Func

import backline.core.clock
import backline.core.ids


def _take_over_ranges(apps, schema_editor):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Write down the range of each shipped file in the form that merged files have too."""
    files = apps.get_model("analytics", "LakeFile").objects.exclude(first_seq=None)
    one = Func(F("spool_id"), F("first_seq"), F("last_seq"), function="jsonb_build_array")
    files.update(ranges=Func(one, function="jsonb_build_array", output_field=models.JSONField()))


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_spool_planned_range")]

    operations = [
        migrations.AddField(
            "lakefile",
            "span",
            models.CharField(
                choices=[
                    ("part", "part of a day or month"),
                    ("day", "a settled day"),
                    ("month", "a settled month"),
                ],
                default="part",
                max_length=5,
            ),
        ),
        migrations.AddField("lakefile", "min_artist", models.CharField(blank=True, max_length=36)),
        migrations.AddField("lakefile", "max_artist", models.CharField(default="g", max_length=36)),
        migrations.AddField("lakefile", "sha256", models.CharField(blank=True, max_length=64)),
        migrations.AddField("lakefile", "schema_version", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("lakefile", "ranges", models.JSONField(default=list)),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backline.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("artist_id", models.UUIDField(null=True)),
                ("link_id", models.UUIDField(null=True)),
                ("visitors", models.JSONField(default=list)),
                ("click_digests", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=backline.core.clock.now)),
            ],
        ),
        migrations.RunPython(_take_over_ranges, migrations.RunPython.noop, elidable=True),
    ]
