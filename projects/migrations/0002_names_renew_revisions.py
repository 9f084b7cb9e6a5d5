"""A member's new name, or their deactivation, ends what processes remember of their projects' people."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION projects_person_renews_revisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE projects_project SET revision = (random() * 4611686018427387903)::bigint
        WHERE id IN (SELECT project_id FROM projects_membership WHERE person_id = NEW.id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER projects_person_renews_revisions
    AFTER UPDATE OF username, display_name, is_active ON accounts_user FOR EACH ROW
    WHEN ((OLD.username, OLD.display_name, OLD.is_active) IS DISTINCT FROM (NEW.username, NEW.display_name, NEW.is_active))
    EXECUTE FUNCTION projects_person_renews_revisions();
"""
BACKWARDS = """
DROP TRIGGER projects_person_renews_revisions ON accounts_user;
DROP FUNCTION projects_person_renews_revisions();
"""


class Migration(migrations.Migration):
    """The trigger stands on the table of an app below, whose models know nothing of projects."""

    dependencies = [("projects", "0001_initial"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
