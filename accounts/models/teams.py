"""Teams, who is in them, and who was asked to join."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import TeamRole
from accounts.models.people import User
from config import clock


class Team(models.Model):
    """Who projects belong to. Registering makes a person's own team.

    `join_code` is the secret part of its join link, empty while the link is switched off. A deleted team can be brought
    back for settings.TEAM_GRACE_DAYS.
    """

    name = models.CharField(_("name"), max_length=80)
    is_personal = models.BooleanField(default=False)
    join_code = models.CharField(max_length=43, blank=True, default="", editable=False)
    people = models.ManyToManyField(User, through="TeamMembership", related_name="teams")
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["join_code"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["join_code"], condition=~Q(join_code=""), name="team_join_code_unique"),
        ]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"/teams/{self.pk}/"


class TeamMembership(models.Model):
    """A person's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_memberships")
    role = models.CharField(max_length=8, choices=TeamRole)
    joined_at = models.DateTimeField(default=clock.now)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="team_membership_unique"),
            models.CheckConstraint(condition=Q(role__in=TeamRole.values), name="team_role_known"),
        ]
        triggers = [
            # The service locks the team's row before it counts, so two last owners cannot both go at once.
            pgtrigger.Trigger(
                name="last_owner",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__role=TeamRole.OWNER.value),
                func="""
                IF NOT EXISTS (SELECT 1 FROM accounts_teammembership
                               WHERE team_id = OLD.team_id AND role = 'owner')
                   AND EXISTS (SELECT 1 FROM accounts_team WHERE id = OLD.team_id AND deleted_at IS NULL) THEN
                    RAISE EXCEPTION 'a team keeps at least one owner'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'team_last_owner';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} in {self.team_id}"


class TeamInvitation(models.Model):
    """Somebody was asked by mail to join a team as `role`.

    It is open until it is accepted, revoked or has expired. The token stands in the mail only; its digest is kept.
    Whoever accepts must have the address, verified.

    `next_at` is when its mail is sent, or tried again; None where it was sent (`sent_at`) or given up (`last_error`).
    `leased_until` is set while a worker sends it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"), max_length=254)
    role = models.CharField(max_length=8, choices=TeamRole, default=TeamRole.MEMBER)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Nobody becomes an owner by mail: owners are made by owners.
            models.CheckConstraint(condition=Q(role__in=["admin", "member", "guest"]), name="invitation_role_known"),
            models.UniqueConstraint(
                "team",
                Upper("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_open_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="invitation_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["invited_by"], name="invitation_by", condition=Q(accepted_at=None, revoked_at=None)),
        ]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.email} to {self.team_id}"


def models_with_history() -> list[Any]:
    """Return the models of people and teams whose past is kept."""
    return [User, Team, TeamMembership]
