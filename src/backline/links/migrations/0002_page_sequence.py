"""The sequence that numbers every write of a published page, so that a poll finds what changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("links", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE links_page_seq AS bigint", reverse_sql="DROP SEQUENCE links_page_seq"),
    ]
