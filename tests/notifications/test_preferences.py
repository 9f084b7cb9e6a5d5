"""By which ways news reach a person: project before default before ours; and the settings of their mail."""

from datetime import time

import pytest

from config.errors import DomainError
from notifications.enums import DigestRhythm, NoticeKind
from notifications.models import MailSettings, Preference
from notifications.preferences import (
    DEFAULTS,
    Choice,
    Ways,
    mail_settings_of,
    matrix_of,
    set_mail_settings,
    set_preferences,
    ways_for,
)
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

KIND = NoticeKind.COMMENTED
SILENT = Ways(inbox=False, email=False, digest=False)
MAIL = Ways(inbox=False, email=True, digest=False)


def test_every_kind_has_a_default():
    assert set(DEFAULTS) == set(NoticeKind)
    assert all(ways.inbox for ways in DEFAULTS.values())


def test_the_nearest_choice_holds(world):
    lead, developer, viewer = world.lead, world.developer, world.viewer
    set_preferences(actor=developer, project=None, ways={KIND: SILENT})
    set_preferences(actor=viewer, project=None, ways={KIND: SILENT})
    set_preferences(actor=viewer, project=world.bug, ways={KIND: MAIL})
    people = [lead.pk, developer.pk, viewer.pk]

    assert ways_for(people, world.bug.pk, KIND) == {lead.pk: DEFAULTS[KIND], developer.pk: SILENT, viewer.pk: MAIL}
    assert ways_for(people, world.team.pk, KIND) == {lead.pk: DEFAULTS[KIND], developer.pk: SILENT, viewer.pk: SILENT}
    assert ways_for(people, None, KIND) == {lead.pk: DEFAULTS[KIND], developer.pk: SILENT, viewer.pk: SILENT}
    assert ways_for(people, world.bug.pk, NoticeKind.MENTIONED) == dict.fromkeys(people, DEFAULTS[NoticeKind.MENTIONED])


def test_ways_take_one_statement_for_any_number_of_people(world, django_assert_num_queries):
    people = [PersonFactory().pk for _person in range(30)]

    with django_assert_num_queries(1):
        ways_for(people[:1], world.bug.pk, KIND)
    with django_assert_num_queries(1):
        ways_for(people, world.bug.pk, KIND)


def test_the_matrix_says_what_holds_and_what_is_chosen_here(world):
    set_preferences(actor=world.lead, project=None, ways={KIND: SILENT})

    default = matrix_of(world.lead)
    bug = set_preferences(actor=world.lead, project=world.bug, ways={NoticeKind.REPLIED: MAIL})

    assert list(default) == list(bug) == list(NoticeKind)
    assert (default[KIND], default[NoticeKind.REPLIED]) == (
        Choice(SILENT, is_own=True),
        Choice(DEFAULTS[NoticeKind.REPLIED], is_own=False),
    )
    assert (bug[KIND], bug[NoticeKind.REPLIED]) == (Choice(SILENT, is_own=False), Choice(MAIL, is_own=True))
    assert matrix_of(world.lead, world.bug) == bug


def test_a_choice_is_changed_and_taken_back(world):
    set_preferences(actor=world.lead, project=world.bug, ways={KIND: MAIL, NoticeKind.REPLIED: MAIL})
    set_preferences(actor=world.lead, project=world.bug, ways={KIND: SILENT})
    set_preferences(actor=world.lead, project=world.bug, ways={KIND: None})

    rows = Preference.objects.filter(person=world.lead).values_list("project", "kind", "inbox", "email", "digest")
    assert list(rows) == [(world.bug.pk, "replied", False, True, False)]


def test_the_default_is_one_row_a_kind(world):
    set_preferences(actor=world.lead, project=None, ways={KIND: MAIL})
    set_preferences(actor=world.lead, project=None, ways={KIND: SILENT})

    assert Preference.objects.get(person=world.lead).inbox is False


def test_choices_are_one_s_own(world):
    set_preferences(actor=world.lead, project=world.bug, ways={KIND: SILENT})

    assert matrix_of(world.developer, world.bug)[KIND] == Choice(DEFAULTS[KIND], is_own=False)


def test_mail_settings_begin_with_defaults(world, django_assert_num_queries):
    set_mail_settings(actor=world.lead, quiet_from=time(22), quiet_until=time(7), working_days=[4, 0, 0])

    with django_assert_num_queries(1):
        found = mail_settings_of([world.lead.pk, world.developer.pk])

    lead, developer = found[world.lead.pk], found[world.developer.pk]
    assert (lead.quiet_from, lead.quiet_until, lead.working_days) == (time(22), time(7), [0, 4])
    assert (developer.pk, developer.quiet_from, developer.working_days, developer.digest, developer.digest_at) == (
        *(None, None, list(range(7))),
        *(DigestRhythm.DAILY, time(8)),
    )


def test_mail_settings_keep_what_is_not_named(world):
    set_mail_settings(actor=world.lead, quiet_from=time(22), quiet_until=time(7))
    set_mail_settings(actor=world.lead, digest=DigestRhythm.WEEKLY, digest_day=4)

    row = MailSettings.objects.get(person=world.lead)
    assert (row.quiet_from, row.digest, row.digest_day) == (time(22), "weekly", 4)


@pytest.mark.parametrize(
    "fields",
    [
        {"quiet_from": time(22)},
        {"quiet_until": time(7)},
        {"quiet_from": time(7), "quiet_until": time(7)},
        {"working_days": []},
        {"working_days": [7]},
        {"digest": "hourly"},
        {"digest_day": 7},
        {"digest_at": None},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(world, fields):
    with pytest.raises(DomainError):
        set_mail_settings(actor=world.lead, **fields)

    assert not MailSettings.objects.exists()


def test_other_fields_are_no_settings(world):
    with pytest.raises(ValueError, match="no mail settings"):
        set_mail_settings(actor=world.lead, person=world.developer)
