"""Who one is."""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from pydantic import Field

from accounts.enums import Scope, Theme
from accounts.forms.people import ProfileForm
from accounts.limits import PROFILE
from accounts.models import User
from accounts.services.people import change_profile
from config.api.forms import changes_of
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf
from config.api.shapes import In, Out

routes = Operations(tags=["Me"])


class MeOut(Out):
    """The person whom the token belongs to."""

    username: str
    name: str
    email: str
    time_zone: str
    language: str
    theme: str
    picture: str
    is_administrator: bool
    joined_at: datetime


class ProfileIn(In):
    """What to change of one's profile; what is left out stays. `theme` "" is that of the system."""

    display_name: str | None = Field(None, max_length=80)
    time_zone: str | None = Field(None, max_length=64, description="A name of the IANA time-zone database.")
    language: Annotated[str, OneOf(*(code for code, _name in settings.LANGUAGES))] | None = None
    theme: Annotated[str, OneOf(*Theme.values)] | None = None


def me_out(person: User) -> MeOut:
    """Return a person as they are told about themselves."""
    return MeOut(
        username=person.username,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        language=person.language,
        theme=person.theme,
        picture=person.picture,
        is_administrator=person.is_superuser,
        joined_at=person.date_joined,
    )


@routes.get("/me", scope=Scope.ME_READ, answer=MeOut, errors=())
def read_me(request: ApiRequest) -> MeOut:
    """Read who you are."""
    return me_out(request.user)


@routes.patch("/me", scope=Scope.ME_WRITE, answer=MeOut, limit=PROFILE, errors=(422,))
def change_me(request: ApiRequest, body: ProfileIn) -> MeOut:
    """Change your profile.

    What others see of you, and how you read the site. Address, password and second factors are changed in the pages.
    """
    now = {name: getattr(request.user, name) for name in ProfileIn.model_fields}
    return me_out(change_profile(actor=request.user, changes=changes_of(ProfileForm, body, now)))
