"""The roles that follow from a team, written into its projects as memberships.

owner, admin   lead in every project of the team
member         the project's default role; none where it has none
guest          nothing: only where a lead has added them

The stronger of this and of what a lead gave stands in Membership.role. Who leaves a team leaves all of its projects.
A person's own team gives no roles while nobody else is in it.

Locks: the team's row (the caller holds it), then its projects in the order of their ids.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.enums import TeamRole
from accounts.models import Team, TeamMembership, User
from accounts.teamroles import MANAGERS
from config import clock
from notifications.history import delete_as, save_as
from notifications.services import Record, record, record_all
from projects.enums import Role
from projects.events import ProjectEvent, member_subject, project_stream
from projects.models import Membership, Project
from projects.services.grants import grant_roles, revoke_every

SOURCES = ("role", "given_role", "team_role")


@dataclass
class _Changes:
    """What has to be written so that memberships are as they should be, with an event for each, by project."""

    actor: User | None
    team: Team
    new: list[Membership] = field(default_factory=list)
    other: list[Membership] = field(default_factory=list)
    over: list[Membership] = field(default_factory=list)
    told: dict[int, list[Record]] = field(default_factory=dict)


def role_by_team(team: Team, place: str | None, project: Project) -> Role | None:
    """Return what somebody whose role in the team is `place` (None: not in it) is in a project without being added."""
    if team.is_personal:
        return None
    if place in MANAGERS:
        return Role.LEAD
    return Role(project.default_role) if place == TeamRole.MEMBER and project.default_role else None


def align_team(actor: User | None, team: Team, person_ids: Collection[int] | None) -> None:
    """Make the roles of some people (None: all) in all projects of a team those that follow from their places in it.

    Those named who are not in the team any more leave all of its projects, and what they own of them goes to the
    team's first owner.
    """
    projects = list(Project.objects.select_for_update(of=("self",), no_key=True).filter(team=team).order_by("pk"))
    if projects:
        _align(actor, team, projects, person_ids)


def align_project(actor: User | None, project: Project) -> None:
    """Do the same for everyone in one project, whose default role or team is new; the caller holds both locks."""
    _align(actor, project.team, [project], None)


def _align(actor: User | None, team: Team, projects: list[Project], person_ids: Collection[int] | None) -> None:
    places = TeamMembership.objects.filter(team=team)
    found = Membership.objects.filter(project__in=projects).select_related("person").order_by("project_id", "pk")
    if person_ids is not None:
        places, found = places.filter(person__in=person_ids), found.filter(person__in=person_ids)
    else:
        found = found.filter(Q(team_role__isnull=False) | Q(person__in=places.values("person")))
    people = {place.person_id: place for place in places.select_related("person").order_by("pk")}
    gone = set(person_ids or ()) - people.keys()
    changes = _Changes(actor, team)
    _compare(changes, projects, people, found, gone)
    _write(changes)
    if gone:
        _hand_over(actor, team, [project for project in projects if project.owner_id in gone])
    for project_id, records in sorted(changes.told.items()):
        record_all(project_stream(project_id), records)


def _compare(
    changes: _Changes,
    projects: list[Project],
    people: dict[int, TeamMembership],
    found: Iterable[Membership],
    gone: Collection[int],
) -> None:
    """Note what differs between what is and what should be."""
    known = {(row.project_id, row.person_id): row for row in found}
    by_id = {project.pk: project for project in projects}
    for (project_id, person_id), row in known.items():
        place, before = people.get(person_id), (row.given_role, row.team_role)
        if person_id in gone:
            row.given_role = None
        row.team_role = role_by_team(changes.team, place.role if place else None, by_id[project_id])
        if before != (row.given_role, row.team_role):
            _settle(changes, row)
    for project in projects:
        for person_id, place in people.items():
            role = role_by_team(changes.team, place.role, project)
            if role and (project.pk, person_id) not in known:
                row = Membership(project=project, person=place.person, role=role, team_role=role)
                changes.new.append(row)
                _tell(changes, row, ProjectEvent.MEMBER_ADDED, role=role)


def _settle(changes: _Changes, row: Membership) -> None:
    """Give a membership whose sources changed its role, or end it where it has none left."""
    old = row.role
    if not row.settle():
        changes.over.append(row)
        _tell(changes, row, ProjectEvent.MEMBER_REMOVED, role=old)
        return
    changes.other.append(row)
    if row.role != old:
        _tell(changes, row, ProjectEvent.MEMBER_CHANGED, changes={"role": {"from": old, "to": row.role}})


def _tell(noted: _Changes, row: Membership, kind: ProjectEvent, **data: object) -> None:
    told = {"person": row.person.name, **data, "team": noted.team.name}
    entry = Record(kind=kind, actor=noted.actor, subject=member_subject(row.person_id), data=told)
    noted.told.setdefault(row.project_id, []).append(entry)


def _write(changes: _Changes) -> None:
    """Write all of it; first who gains a role, so that no project is without a lead in between."""
    stamp = {"default_user": changes.actor, "default_date": clock.now()}
    if changes.new:
        bulk_create_with_history(changes.new, Membership, batch_size=1000, **stamp)
    changes.other.sort(key=lambda row: row.role != Role.LEAD)
    if changes.other:
        bulk_update_with_history(changes.other, Membership, SOURCES, batch_size=500, **stamp)
    grant_roles([*changes.new, *changes.other])
    revoke_every(changes.over)
    for row in changes.over:
        delete_as(changes.actor, row)


def _hand_over(actor: User | None, team: Team, projects: Iterable[Project]) -> None:
    """Give the team's first owner what somebody who is no longer in it owned."""
    owners = TeamMembership.objects.filter(team=team, role=TeamRole.OWNER).select_related("person")
    heir = owners.order_by("-person__is_active", "joined_at", "pk")[0].person
    for project in projects:
        names = {"from": project.owner.name, "to": heir.name}
        project.owner = heir
        save_as(actor, project, ["owner"])
        data = {"changes": {"owner": names}}
        record(project_stream(project.pk), kind=ProjectEvent.CHANGED, actor=actor, data=data)


def delete_projects(actor: User, team: Team) -> None:
    """Put a team's projects into the trash with it, all at the moment at which the team was deleted."""
    _set_deleted(actor, team, Project.objects.filter(deleted_at__isnull=True), ProjectEvent.DELETED)


def restore_projects(actor: User, team: Team) -> None:
    """Take the projects out of the trash that went there with the team: those of the same moment.

    Former members who are their leads or owners by name only (projects/services/leaving.py) are so no longer.
    """
    left = User.objects.filter(left_at__isnull=False)
    theirs = left.filter(Q(memberships__project__team=team) | Q(owned_projects__team=team))
    if gone := set(theirs.values_list("pk", flat=True)):
        align_team(actor, team, gone)
    _set_deleted(actor, team, Project.objects.filter(deleted_at=team.deleted_at), ProjectEvent.RESTORED)


def _set_deleted(actor: User, team: Team, projects: QuerySet[Project], kind: ProjectEvent) -> None:
    for project in projects.select_for_update(of=("self",), no_key=True).filter(team=team).order_by("pk"):
        project.deleted_at = team.deleted_at if kind == ProjectEvent.DELETED else None
        save_as(actor, project, ["deleted_at"])
        record(project_stream(project.pk), kind=kind, actor=actor, data={"name": project.name, "team": team.name})


# A role by the team that is not written, or written otherwise: the rule of `role_by_team` for every project at once.
_OUT_OF_LINE = """
WITH wanted AS (
    SELECT project.team_id, project.id AS project_id, place.person_id,
        CASE WHEN team.is_personal THEN NULL WHEN place.role IN ('owner', 'admin') THEN 'lead'
             WHEN place.role = 'member' THEN project.default_role END AS role
    FROM projects_project AS project JOIN accounts_team AS team ON team.id = project.team_id
    JOIN accounts_teammembership AS place ON place.team_id = team.id
), present AS (
    SELECT project.team_id, membership.project_id, membership.person_id, membership.team_role AS role
    FROM projects_membership AS membership JOIN projects_project AS project ON project.id = membership.project_id
    WHERE membership.team_role IS NOT NULL
)
SELECT DISTINCT COALESCE(wanted.team_id, present.team_id) AS id
FROM (SELECT * FROM wanted WHERE role IS NOT NULL) AS wanted
FULL JOIN present USING (project_id, person_id) WHERE wanted.role IS DISTINCT FROM present.role ORDER BY id
"""


def align_all() -> int:
    """Align every team whose roles are not what follows from it, each in a transaction of its own; return how many.

    For data from before teams gave roles. Nothing out of line costs one statement.
    """
    teams = list(Team.objects.raw(_OUT_OF_LINE))
    for found in teams:
        with transaction.atomic():
            team = Team.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
            align_team(None, team, None)
    return len(teams)
