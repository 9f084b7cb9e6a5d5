"""Makes the people, the project and the sessions of a fault test; prints them as one line of JSON.

Run in the environment of the site: `python -m tests.faults.fill`. Ten people watch the first issue, so that each
message on it concerns nine of them. A session holds at most five sockets, so everyone has a dozen.
"""

import json
import os
from typing import Any

PEOPLE = 10
ISSUES = 20
SESSIONS = 12


def main() -> None:
    """Fill the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print(json.dumps(fill()))


def fill() -> dict[str, Any]:
    """Make everything by the services; return ids, and each person's session cookie."""
    from accounts.services.people import register_person
    from issues.services.creation import create_issue
    from notifications.enums import Reason
    from notifications.models import Outbox
    from notifications.watching import watch_quietly
    from projects.enums import Role, Template
    from projects.services.members import add_member
    from projects.services.projects import create_project

    people = [
        register_person(username=f"person{number}", email=f"person{number}@mail.example", password=None)
        for number in range(PEOPLE)
    ]
    lead = people[0]
    project = create_project(actor=lead, team=lead.teams.get(), name="Fault line", key="FAULT", template=Template.TASK)
    for person in people[1:]:
        add_member(actor=lead, project=project, person=person, role=Role.DEVELOPER)
    issues = [create_issue(actor=lead, project=project, title=f"Issue {number}") for number in range(ISSUES)]
    watch_quietly([person.pk for person in people], issues[0].pk, Reason.WATCHING)
    # What filling itself would tell is not what is tested.
    Outbox.objects.all().delete()
    return {
        "project": project.pk,
        "issue": issues[0].pk,
        "people": {person.username: person.pk for person in people},
        "sessions": {person.username: session_of(person) for person in people},
        "more_sessions": [session_of(person) for person in people for _ in range(SESSIONS)],
    }


def session_of(person: Any) -> str:
    """Log a person in and return the value of their session cookie."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main()
