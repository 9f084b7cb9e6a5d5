"""What a worker does at its next turn, whenever a line is read: `python -m tests.e2e.turns`, answered with a line.

Tests ask for a turn where they need one, so that nothing leaves before, and nothing has to be waited for.
"""

import os
import sys


def serve() -> None:
    """Take turns until nobody asks any more."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from accounts.inviting import send_invitations
    from accounts.services.mails import send_mails
    from notifications import mailing
    from notifications.dispatch import dispatch_due
    from notifications.webhooks import filling, sending

    for _line in sys.stdin:
        send_mails()
        send_invitations()
        dispatch_due()
        mailing.send_due()
        filling.fill()
        sending.send_due()
        print("done", flush=True)


if __name__ == "__main__":
    serve()
