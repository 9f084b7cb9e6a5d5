"""People: who may come in, what others see of them, and how they read the site."""

import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.enums import Hue, Theme

if TYPE_CHECKING:
    from accounts.credentials import Credential

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
    theme = models.CharField(_("colours"), max_length=5, choices=Theme, blank=True, default=Theme.SYSTEM)
    # When a page of theirs was last open or a token of theirs last used, to some minutes; their teams see it.
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set where they deleted their account: what they wrote stays, as a former member's.
    left_at = models.DateTimeField(null=True, blank=True, editable=False)
    # By its public name, so that a page can show it without looking it up.
    avatar = models.ForeignKey(
        "files.File", on_delete=models.PROTECT, to_field="uuid", null=True, blank=True, related_name="+", editable=False
    )

    # What the request came with, where it is less than the person: a token's scopes and projects. Never stored.
    credential: "Credential | None" = None

    history = HistoricalRecords(excluded_fields=["password", "last_login", "last_seen_at"])
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        # Upper, because that is what PostgreSQL compares for Django's __iexact; the index then serves log-ins as well.
        constraints = [
            models.UniqueConstraint(Upper("username"), name="username_unique"),
            models.UniqueConstraint(Upper("email"), name="email_unique"),
        ]
        triggers = [
            # The services lock all administrators before they count, so two last ones cannot both go at once.
            pgtrigger.Trigger(
                name="last_administrator",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_superuser=True, old__is_active=True)
                & (pgtrigger.Q(new__is_superuser=False) | pgtrigger.Q(new__is_active=False)),
                func="""
                IF NOT EXISTS (SELECT 1 FROM accounts_user WHERE is_superuser AND is_active) THEN
                    RAISE EXCEPTION 'a site keeps at least one active administrator'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'last_administrator';
                END IF;
                RETURN NULL;
                """,
            ),
        ]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name that others see."""
        if self.left_at:
            return str(_("Former member"))
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
