"""What goes of conversations with a person who deletes their account."""

from accounts.hooks import forgets
from accounts.models import User
from chat.models import ReadCursor


@forgets
def forget_cursors(person: User) -> None:
    """Forget how far the person has read."""
    ReadCursor.objects.filter(person=person).delete()
