"""Whoever is a developer or lead already gets the permissions that files have brought."""

from django.db import migrations

GRANTED = {"add_file": ("developer", "lead"), "delete_file": ("lead",)}


def grant(apps, schema_editor):
    """Make the two permissions and grant them by role, as projects/services/grants.py does from now on."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Membership = apps.get_model("projects", "Membership")
    Grant = apps.get_model("projects", "ProjectUserObjectPermission")
    content_type, _made = ContentType.objects.get_or_create(app_label="projects", model="project")
    names = dict(apps.get_model("projects", "Project")._meta.permissions)
    for codename, roles in GRANTED.items():
        permission, _made = Permission.objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": names[codename]}
        )
        members = Membership.objects.filter(role__in=roles).values_list("person_id", "project_id")
        Grant.objects.bulk_create(
            [Grant(permission=permission, user_id=person, content_object_id=project) for person, project in members],
            ignore_conflicts=True,
        )


def revoke(apps, schema_editor):
    """Take the grants back; the permissions themselves are Django's to remove."""
    Grant = apps.get_model("projects", "ProjectUserObjectPermission")
    Grant.objects.filter(permission__codename__in=GRANTED).delete()


class Migration(migrations.Migration):
    """Data only, after the schema."""

    dependencies = [
        ("projects", "0005_icon_and_file_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, revoke)]
