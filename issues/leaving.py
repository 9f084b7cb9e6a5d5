"""What goes of issues with a person who deletes their account."""

from accounts.hooks import forgets
from accounts.models import User
from issues.models import SavedFilter


@forgets
def forget_filters(person: User) -> None:
    """Forget the filters that the person kept."""
    SavedFilter.objects.filter(person=person).delete()
