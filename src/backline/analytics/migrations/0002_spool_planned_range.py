from django.db import migrations, models

import backline.core.clock


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial")]

    operations = [
        migrations.AddField("spool", "planned_through", models.BigIntegerField(default=0)),
        migrations.AddField("spool", "planned_at", models.DateTimeField(default=backline.core.clock.now)),
    ]
