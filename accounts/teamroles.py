"""Who may do what in a team: one table for pages, API and services.

owner   everything; only owners make owners, hand the team over, delete it and bring it back
admin   the team's name, invitations and the join link; makes admins, members and guests of each other, and removes
        them; owners are beyond their reach, and nobody makes themselves more than they are
member  sees who is in the team, and may leave
guest   sees the owners and admins, and may leave

A site administrator acts as an owner. What each is in the team's projects stands in
projects/services/inheritance.py.
"""

from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import TeamRole

OWNERS = (TeamRole.OWNER,)
MANAGERS = (TeamRole.OWNER, TeamRole.ADMIN)
# The strongest first.
ORDER = (TeamRole.OWNER, TeamRole.ADMIN, TeamRole.MEMBER, TeamRole.GUEST)


class TeamAct(StrEnum):
    """What is done to a team as a whole."""

    SEE = "see"
    RENAME = "rename"
    INVITE = "invite"
    LINK = "link"
    MEMBERS = "members"
    HOOKS = "hooks"
    TRANSFER = "transfer"
    DELETE = "delete"


NEEDED: dict[TeamAct, tuple[TeamRole, ...]] = {
    TeamAct.SEE: (*MANAGERS, TeamRole.MEMBER),
    TeamAct.RENAME: MANAGERS,
    TeamAct.INVITE: MANAGERS,
    TeamAct.LINK: MANAGERS,
    TeamAct.MEMBERS: MANAGERS,
    TeamAct.HOOKS: MANAGERS,
    TeamAct.TRANSFER: OWNERS,
    TeamAct.DELETE: OWNERS,
}
# How a refusal names the act: "Renaming Acme needs the role owner or admin."
ACTS = {
    TeamAct.SEE: gettext_lazy("Seeing what happens in %(team)s"),
    TeamAct.RENAME: gettext_lazy("Renaming %(team)s"),
    TeamAct.INVITE: gettext_lazy("Inviting people to %(team)s"),
    TeamAct.LINK: gettext_lazy("Changing the join link of %(team)s"),
    TeamAct.MEMBERS: gettext_lazy("Changing who is in %(team)s"),
    TeamAct.HOOKS: gettext_lazy("Seeing and changing the webhooks of %(team)s"),
    TeamAct.TRANSFER: gettext_lazy("Handing %(team)s over"),
    TeamAct.DELETE: gettext_lazy("Deleting or restoring %(team)s"),
}


def may_do(act: TeamAct, role: TeamRole | None) -> bool:
    """Say whether somebody with the role (None: not in the team) may do it."""
    return role in NEEDED[act]


def roles_to_give(actor: TeamRole | None) -> tuple[TeamRole, ...]:
    """Return the roles that somebody may give, the strongest first."""
    if actor == TeamRole.OWNER:
        return ORDER
    return ORDER[1:] if actor == TeamRole.ADMIN else ()


def may_change(actor: TeamRole | None, target: TeamRole | None, new: TeamRole | None) -> bool:
    """Say whether `actor` may make somebody who is `target` into `new` (None: remove them); None is not in the team.

    Nobody is put into a team this way: people join by an invitation or the join link.
    """
    return target in roles_to_give(actor) and (new is None or new in roles_to_give(actor))


def reason_against(actor: TeamRole | None, target: TeamRole, new: TeamRole | None) -> str:
    """Return the rule that `may_change` follows, in words; empty where it allows the change."""
    if may_change(actor, target, new):
        return ""
    if TeamRole.OWNER in (target, new) and actor == TeamRole.ADMIN:
        return _("Only owners make somebody an owner, and change or remove owners.")
    return _("Only owners and admins change who is in a team.")
