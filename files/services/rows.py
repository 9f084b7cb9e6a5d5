"""Rows of files under their locks."""

from django.db.models import QuerySet

from files.models import File


def lock_first(rows: "QuerySet[File]", *, no_key: bool = True, skip_locked: bool = False) -> File | None:
    """Lock the first of the rows and return it with its uploader, project, issue and message; None where none is left.

    These are read by a statement of their own. PostgreSQL looks again at a row for which it had to wait, but not at
    what was joined to it: that would be what stood there before.
    """
    locked = rows.select_for_update(of=("self",), no_key=no_key, skip_locked=skip_locked).first()
    if locked is None:
        return None
    return File.objects.select_related("uploader", "project", "issue", "message").get(pk=locked.pk)


def lock_thread_of(file: File) -> None:
    """Lock the conversation in which a file was sent, if it was: it comes before the file, for messages lock it first.

    Without it a message could be deleted between looking at it and writing the file.
    """
    found = File.objects.select_related("message__thread").filter(pk=file.pk, message__isnull=False).first()
    if found is not None and found.message is not None:
        thread = found.message.thread
        type(thread).objects.select_for_update(of=("self",), no_key=True).get(pk=thread.pk)
