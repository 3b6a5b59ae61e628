"""Forget where a consent came from, and an index that no query uses."""

from django.db import migrations


class Migration(migrations.Migration):
    """See the module's docstring."""

    dependencies = [("connections", "0002_states_and_grants")]

    operations = [
        migrations.RemoveIndex(model_name="grant", name="connections_grant_renew"),
        migrations.RemoveField(model_name="consent", name="came_from"),
    ]
