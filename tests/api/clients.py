"""A site on loopback for programs of others, with the people and the project that the README speaks of."""

from typing import Any

import pytest

from accounts.hashers import Argon2PasswordHasher
from accounts.models import User
from accounts.services.people import register_person
from projects.enums import Role
from projects.services.members import add_member
from tests.sockets import live_site

__all__ = ["lead1", "live_site"]


@pytest.fixture
def lead1(transactional_db: None, world: Any) -> User:
    """The demo's lead, with a confirmed address and the demo's password, who leads BUG as well."""
    person = register_person(username="lead1", email="lead1@mail.example", password="leadpass")
    # The server is a process of its own, which knows nothing of the hasher that costs tests nothing.
    User.objects.filter(pk=person.pk).update(password=Argon2PasswordHasher().encode("leadpass", "saltsaltsalt"))
    add_member(actor=world.lead, project=world.bug, person=person, role=Role.LEAD)
    return person
