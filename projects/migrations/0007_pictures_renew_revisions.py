"""A member's new picture ends what processes remember of their projects' people, as a new name does."""

from django.db import migrations

FORWARDS = """
DROP TRIGGER projects_person_renews_revisions ON accounts_user;
CREATE TRIGGER projects_person_renews_revisions
    AFTER UPDATE OF username, display_name, is_active, avatar_id ON accounts_user FOR EACH ROW
    WHEN ((OLD.username, OLD.display_name, OLD.is_active, OLD.avatar_id)
        IS DISTINCT FROM (NEW.username, NEW.display_name, NEW.is_active, NEW.avatar_id))
    EXECUTE FUNCTION projects_person_renews_revisions();
"""
BACKWARDS = """
DROP TRIGGER projects_person_renews_revisions ON accounts_user;
CREATE TRIGGER projects_person_renews_revisions
    AFTER UPDATE OF username, display_name, is_active ON accounts_user FOR EACH ROW
    WHEN ((OLD.username, OLD.display_name, OLD.is_active)
        IS DISTINCT FROM (NEW.username, NEW.display_name, NEW.is_active))
    EXECUTE FUNCTION projects_person_renews_revisions();
"""


class Migration(migrations.Migration):
    """The trigger stands on the table of an app below; its function is the one of 0002."""

    dependencies = [("projects", "0006_members_may_add_files"), ("accounts", "0002_avatar")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
