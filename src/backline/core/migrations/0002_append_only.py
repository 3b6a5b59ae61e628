"""The audit log and the transitions take new rows only: triggers refuse everything else.

Two exceptions, both narrow. The name of an erased person may be emptied in the audit log. And a database in which
``backline.may_truncate`` is on, which only the tests' own database has, may be emptied as a whole.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    without_name jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('backline.may_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'core_auditentry' THEN
        without_name := to_jsonb(OLD) || '{"actor_name": ""}'::jsonb;
        IF to_jsonb(NEW) = without_name THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER core_auditentry_append_only BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER core_auditentry_no_truncate BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER core_transition_append_only BEFORE UPDATE OR DELETE ON core_transition
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER core_transition_no_truncate BEFORE TRUNCATE ON core_transition
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""

BACKWARD = """
DROP TRIGGER core_auditentry_append_only ON core_auditentry;
DROP TRIGGER core_auditentry_no_truncate ON core_auditentry;
DROP TRIGGER core_transition_append_only ON core_transition;
DROP TRIGGER core_transition_no_truncate ON core_transition;
DROP FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
