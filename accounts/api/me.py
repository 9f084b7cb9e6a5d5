"""Who one is."""

from datetime import datetime

from accounts.enums import Scope
from accounts.models import User
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Out

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
