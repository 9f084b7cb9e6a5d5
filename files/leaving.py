"""What goes of files with a person who deletes their account."""

from accounts.hooks import forgets
from accounts.models import User
from files.enums import Place
from files.models import File
from files.services.portraits import cancel_portrait, remove_avatar


@forgets
def forget_pictures(person: User) -> None:
    """Take the person's picture away, and whatever of theirs was on its way to become it."""
    remove_avatar(actor=person)
    for file in File.objects.filter(uploader=person, place=Place.AVATAR):
        cancel_portrait(actor=person, file=file)
