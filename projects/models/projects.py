"""A project, the keys it has had, and its members."""

import secrets
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from accounts.enums import Hue
from accounts.models import Team
from config import clock
from projects.enums import Role, Visibility
from projects.permissions import ACTS, Perm

KEY_PATTERN = r"[A-Z][A-Z0-9]{1,9}"
KEY_VALIDATOR = RegexValidator(
    rf"\A{KEY_PATTERN}\Z", _("Use 2 to 10 capital letters and digits, a letter first, such as WEB.")
)


def new_revision() -> int:
    """Return a number that no earlier revision had, also none that was rolled back."""
    return secrets.randbits(62)


def hue_of(project_id: int) -> int:
    """Return the hue of a project's tile."""
    return project_id % len(Hue) + 1


def icon_at(key: str, icon: UUID | None) -> str:
    """Return the address of a project's icon, whose public name this is; empty for none."""
    return f"/{key}/icon/{icon}/" if icon else ""


class Project(models.Model):
    """What issues belong to. `issue_counter` is the last number given; `revision` changes with workflow and labels."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="projects")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_projects")
    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(_("key"), max_length=10, unique=True, validators=[KEY_VALIDATOR])
    description = models.TextField(_("description"), max_length=4000, blank=True)
    visibility = models.CharField(_("visibility"), max_length=8, choices=Visibility, default=Visibility.PRIVATE)
    developers_move_own = models.BooleanField(_("developers move only issues that are assigned to them"), default=False)
    viewers_may_write = models.BooleanField(
        _("viewers may comment and write in the chat"), default=False, db_default=False
    )
    # By its public name, so that a page can show it without looking it up.
    icon = models.ForeignKey(
        "files.File", on_delete=models.PROTECT, to_field="uuid", null=True, blank=True, related_name="+", editable=False
    )
    # What a member of the team is here without having been added; empty: nothing.
    default_role = models.CharField(
        _("role of the team's members"), max_length=9, choices=Role, null=True, blank=True, default=None
    )
    issue_counter = models.PositiveIntegerField(default=0, editable=False)
    revision = models.BigIntegerField(default=new_revision, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["issue_counter", "revision"])

    class Meta:
        default_permissions = ()
        permissions = [(perm.value, str(ACTS[perm])) for perm in Perm]
        constraints = [
            models.CheckConstraint(condition=Q(key__regex=rf"^{KEY_PATTERN}$"), name="project_key_format"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="project_visibility_known"),
            models.CheckConstraint(
                condition=Q(default_role=None) | Q(default_role__in=Role.values), name="project_default_role_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="counter_forward",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__issue_counter__lt=pgtrigger.F("old__issue_counter")),
            ),
        ]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return f"{self.key} {self.name}"

    @property
    def hue(self) -> int:
        """The tile's hue: fixed for a project."""
        return hue_of(self.pk)

    @property
    def picture(self) -> str:
        """The address of its icon; empty where its letters stand alone, as they do of one in the trash."""
        return "" if self.deleted_at else icon_at(self.key, self.icon_id)

    @property
    def url(self) -> str:
        """The address of its board."""
        return f"/{self.key}/"


class ProjectKey(models.Model):
    """Every key that a project has or had. Unique over all projects, so that an old address never leads elsewhere."""

    key = models.CharField(primary_key=True, max_length=10)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="keys")

    def __str__(self) -> str:
        return self.key


class ProjectUserObjectPermission(UserObjectPermissionBase):
    """django-guardian's row: a person has a permission on a project. Written by projects/services/grants.py only."""

    content_object = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")


STRONGEST_FIRST = [
    When(Q(given_role=role.value) | Q(team_role=role.value), then=Value(role.value))
    for role in (Role.LEAD, Role.DEVELOPER)
]


class Membership(models.Model):
    """A person's role in a project: the stronger of what a lead gave them and what follows from their team role.

    Who is here by the team only has no `given_role`, and goes when their place in the team does.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=9, choices=Role)
    given_role = models.CharField(max_length=9, choices=Role, null=True, blank=True)
    team_role = models.CharField(max_length=9, choices=Role, null=True, blank=True)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="membership_unique"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            # lead > developer > viewer, which their letters happen not to say.
            models.CheckConstraint(
                condition=Q(role=Case(*STRONGEST_FIRST, default=Value(Role.VIEWER.value))),
                name="membership_role_strongest",
            ),
            models.CheckConstraint(
                condition=Q(given_role__in=Role.values) | Q(team_role__in=Role.values), name="membership_has_source"
            ),
        ]
        triggers = [
            # What processes remember of a project's people (queries.known_people) is named by its revision.
            pgtrigger.Trigger(
                name="renews_revision",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                UPDATE projects_project SET revision = (random() * 4611686018427387903)::bigint
                    WHERE id = COALESCE(NEW.project_id, OLD.project_id);
                RETURN NULL;
                """,
            ),
            # The service locks the project's row before it counts, so two last leads cannot both go at once.
            pgtrigger.Trigger(
                name="last_lead",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__role=Role.LEAD.value),
                func="""
                IF NOT EXISTS (SELECT 1 FROM projects_membership
                               WHERE project_id = OLD.project_id AND role = 'lead') THEN
                    RAISE EXCEPTION 'a project keeps at least one lead'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_last_lead';
                END IF;
                RETURN NULL;
                """,
            ),
        ]
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return f"{self.person.name}, {self.get_role_display()} in {self.project.key}"

    def settle(self) -> bool:
        """Make `role` the stronger of its two sources; returns whether there is any. Saves nothing."""
        sources = {self.given_role, self.team_role}
        self.role = next((role for role in (Role.LEAD, Role.DEVELOPER, Role.VIEWER) if role in sources), self.role)
        return sources != {None}
