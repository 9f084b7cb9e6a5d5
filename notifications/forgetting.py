"""What goes with a person who deletes their account: all that was there to tell them something."""

from notifications.models import Delivery, Entry, Follow, MailSettings, Preference, Watch


def forget_person(person_id: int) -> None:
    """Delete a person's inbox, the mails that wait for them, and what they wanted to be told. In their transaction."""
    for rows in (Delivery, Entry, Watch, Follow, Preference, MailSettings):
        rows.objects.filter(person_id=person_id).delete()
