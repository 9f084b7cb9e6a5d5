"""Why a move was refused, in full: the rule, and the people who can take the step or change the rule."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.naming import listed
from issues.models import Issue
from projects.access import leads_of
from projects.models import Project, State
from projects.queries import assignable_people
from projects.workflow import Refusal, workflow_of

LEADS_CHANGE = {
    "no_transition": gettext_lazy("Leads can add this step to the workflow: %s."),
    "needs_assignee": gettext_lazy("Leads can change what this step asks for: %s."),
    "needs_resolution": gettext_lazy("Leads can change what this step asks for: %s."),
    "wip_limit": gettext_lazy("Leads can raise the limit: %s."),
    "permission": gettext_lazy("Leads can give you that role: %s."),
}


@dataclass(frozen=True)
class Why:
    """The answer to “Why can't I?”: `rule`, empty where the refusal itself named it, and `who`, which names people."""

    rule: str
    who: str


def explain(issue: Issue, to: State, refusal: Refusal) -> Why:
    """Return the rule behind a refusal and who can help (at most two statements)."""
    project = issue.project
    if refusal.code == "role":
        names = listed(_people_for(project, issue.state_id, to.pk))
        return Why("", _("This can be done by %s.") % names)
    if refusal.code == "not_yours":
        owners = [issue.assignee.name] if issue.assignee else []
        names = listed(dict.fromkeys([*owners, *_leads(project)]))
        return Why("", _("This can be done by %s.") % names)
    return Why(_rule(issue, to, refusal), str(LEADS_CHANGE[refusal.code]) % listed(_leads(project)))


def _rule(issue: Issue, to: State, refusal: Refusal) -> str:
    """Say what the workflow holds, where the refusal only says what the issue lacks or where it may go instead."""
    names = {"key": issue.project.key, "here": workflow_of(issue.project).state(issue.state_id).name, "to": to.name}
    if refusal.code == "no_transition":
        return _("The workflow of %(key)s has no step from %(here)s to %(to)s.") % names
    if refusal.fix == "assignee":
        return _("The workflow of %(key)s asks for an assignee on the step from %(here)s to %(to)s.") % names
    if refusal.fix:
        return _("The workflow of %(key)s asks for a resolution note on the step from %(here)s to %(to)s.") % names
    return ""


def _people_for(project: Project, from_id: int, to_id: int) -> list[str]:
    step = workflow_of(project).steps[from_id, to_id]
    people = assignable_people(project).filter(memberships__role__in=step.roles, memberships__project=project)
    return [person.name for person in people]


def _leads(project: Project) -> list[str]:
    return [person.name for person in leads_of(project)]
