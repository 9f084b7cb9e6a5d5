"""People, teams, settings of the installation, and what scripts come with."""

from accounts.models.instance import InstanceSettings
from accounts.models.mails import SealedMail
from accounts.models.people import USERNAME_VALIDATORS, PersonManager, User, picture_at, validate_time_zone
from accounts.models.teams import Team, TeamInvitation, TeamMembership, models_with_history
from accounts.models.tokens import DoneRequest, PersonalToken, Tally
from notifications.history import append_only

__all__ = [
    "USERNAME_VALIDATORS",
    "DoneRequest",
    "InstanceSettings",
    "PersonManager",
    "PersonalToken",
    "SealedMail",
    "Tally",
    "Team",
    "TeamInvitation",
    "TeamMembership",
    "User",
    "picture_at",
    "validate_time_zone",
]

for _model in [*models_with_history(), InstanceSettings]:
    append_only(_model.history.model)
