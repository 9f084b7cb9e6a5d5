"""How the API tells of people, everywhere the same."""

from accounts.models import User
from config.api.shapes import Out


class PersonOut(Out):
    """A person as others see them. `picture` is an address on this site; empty where they have none."""

    username: str
    name: str
    picture: str


def person_out(person: User) -> PersonOut:
    """Return a person as others see them."""
    return PersonOut(username=person.username, name=person.name, picture=person.picture)


def person_or_none(person: User | None) -> PersonOut | None:
    """Return the same, or None for nobody."""
    return person_out(person) if person else None
