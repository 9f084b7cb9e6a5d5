"""People and the teams they belong to."""

import zoneinfo
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Hue, TeamRole
from config import clock
from notifications.history import append_only

USERNAME_VALIDATORS: list[Callable[[Any], None]] = [
    RegexValidator(
        r"\A[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z",
        _("Use letters, digits, dots, hyphens and underscores; begin and end with a letter or digit."),
    ),
    MaxLengthValidator(32, _("Use at most 32 characters.")),
]


def validate_time_zone(value: str) -> None:
    """Raise ValidationError where the name is not in the time-zone database."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is not a time zone."), params={"value": value})


def picture_at(avatar: UUID | None) -> str:
    """Return the address of a person's picture, whose public name this is; empty for none."""
    return f"/avatars/{avatar}/" if avatar else ""


class PersonManager(UserManager["User"]):
    """Finds people by username or e-mail without regard to case; never creates two who differ by case only."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)

    def named(self, name: str) -> "User | None":
        """Return the active person with this username or e-mail, or None."""
        return self.filter(Q(username__iexact=name) | Q(email__iexact=name), is_active=True).first()


class User(AbstractUser):
    """A person. `is_superuser` makes them a site administrator, which is the only instance-wide role."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(_("username"), max_length=32, validators=USERNAME_VALIDATORS)
    email = models.EmailField(_("e-mail"), max_length=254)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=8, default="en")
    # By its public name, so that a page can show it without looking it up.
    avatar = models.ForeignKey(
        "files.File", on_delete=models.PROTECT, to_field="uuid", null=True, blank=True, related_name="+", editable=False
    )

    history = HistoricalRecords(excluded_fields=["password", "last_login"])
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        # Upper, because that is what PostgreSQL compares for Django's __iexact; the index then serves log-ins as well.
        constraints = [
            models.UniqueConstraint(Upper("username"), name="username_unique"),
            models.UniqueConstraint(Upper("email"), name="email_unique"),
        ]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name that others see."""
        return self.display_name or self.username

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.replace(".", " ").replace("-", " ").split()
        letters = words[0][0] + words[1][0] if len(words) > 1 else self.name[:2]
        return letters.upper()

    @property
    def hue(self) -> int:
        """The avatar's hue: fixed for a person."""
        return self.pk % len(Hue) + 1

    @property
    def picture(self) -> str:
        """The address of their picture; empty where they have none and their initials stand alone."""
        return picture_at(self.avatar_id)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Team(models.Model):
    """Who projects belong to. Registering makes a person's own team."""

    name = models.CharField(_("name"), max_length=80)
    is_personal = models.BooleanField(default=False)
    people = models.ManyToManyField(User, through="TeamMembership", related_name="teams")
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} in {self.team_id}"


def _protect_history() -> None:
    models_with_history: list[Any] = [User, Team, TeamMembership]
    for model in models_with_history:
        append_only(model.history.model)


_protect_history()
