"""Reading people."""

from typing import TYPE_CHECKING

from accounts.models import User

if TYPE_CHECKING:
    from files.models import File


def coming_picture(person: User) -> "File | None":
    """Return the picture that the person has sent last, while it is being checked or where it was refused."""
    return person.files.coming("avatar")
