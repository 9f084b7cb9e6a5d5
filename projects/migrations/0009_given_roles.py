"""Every role so far was given by a lead; those that follow from a place in the team are added beside it.

Owners and admins of a team lead all of its projects from now on.
"""

from django.db import migrations

FORWARDS = """
UPDATE projects_membership SET given_role = role;
UPDATE projects_membership AS membership SET team_role = 'lead', role = 'lead'
    FROM projects_project AS project, accounts_teammembership AS place
    WHERE project.id = membership.project_id AND place.team_id = project.team_id
        AND place.person_id = membership.person_id AND place.role IN ('owner', 'admin');
"""


class Migration(migrations.Migration):
    """Who leads by the team without having been a member is added by the services at the team's next change."""

    dependencies = [("projects", "0008_roles_by_the_team"), ("accounts", "0006_invitations_and_join_links")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
