"""Files of messages: which go with one, what is refused, and what becomes of them."""

import threading
import uuid

import pytest
from django.db import transaction

from accounts.models import User
from chat.queries import message_again
from chat.rendering import words_of
from chat.services.messages import delete_message, edit_message
from config.errors import DomainError, PermissionRefused
from files.models import File
from files.services.keeping import remove_file
from projects.services.projects import change_project
from tests.chat.talking import head, say
from tests.files.hung import again, draft, hung, linked, pending, shown
from tests.issues.records import events_after

pytestmark = pytest.mark.django_db


def past_of(file):
    rows = File.history.filter(id=file.pk).order_by("-history_id")
    return [(row.place, row.history_user) for row in rows[:2]]


def test_files_go_with_a_message_in_the_room(world):
    one, two = (draft(world.developer, world.bug, name) for name in ("a.txt", "b.png"))
    before = head(world.bug)

    message = say(world.developer, world.bug, "Look", files=[two.uuid, one.uuid])

    assert (message_again(message).file_count, hung(one), hung(two)) == (
        2,
        ("message", None, message.pk),
        ("message", None, message.pk),
    )
    assert past_of(one) == [("message", world.developer), ("draft", world.developer)]
    data = {"message": message.pk, "thread": message.thread_id, "seq": message.seq, "mentions": [], "room": "BUG"}
    data |= {"files": [two.pk, one.pk]}
    assert events_after(world.bug, before) == [("message.posted", world.developer, f"room:{world.bug.pk}", data)]


def test_files_of_a_message_on_an_issue_hang_on_both(world):
    file = draft(world.developer, world.bug)

    message = say(world.developer, world.issue("BUG-5"), "Look", files=[file.uuid])

    assert hung(file) == ("message", "BUG-5", message.pk)


def test_files_alone_are_a_message(world):
    file = draft(world.developer, world.bug, "a.txt")

    message = say(world.developer, world.bug, " ", files=[file.uuid])

    assert (message.body, message.file_count, words_of(message)) == ("", 1, "1 file")
    with pytest.raises(DomainError, match="Write something first"):
        say(world.developer, world.bug, " ")


def test_drafts_that_the_text_names_go_with_it(world):
    one, two, code = (draft(world.developer, world.bug, name) for name in ("a.png", "b.txt", "c.txt"))

    message = say(world.developer, world.bug, f"{shown(one)} and {linked(two)}, not `{linked(code)}`")

    assert [hung(file)[0] for file in (one, two, code)] == ["message", "message", "draft"]
    assert message_again(message).file_count == 2


def test_drafts_named_under_a_former_key_go_with_it(world):
    one, two, key = draft(world.developer, world.bug, "a.png"), draft(world.developer, world.bug), uuid.uuid4()
    project = change_project(actor=world.lead, project=world.bug, changes={"key": "NEW"})
    body = f"{shown(one)} [b](/NEW/files/{two.uuid}/)"

    message = say(world.developer, project, body, client_id=key)

    assert (again(one).message_id, again(two).message_id) == (message.pk, message.pk)
    assert say(world.developer, project, body, client_id=key) == message


def test_a_key_of_another_project_names_nothing(world):
    file = draft(world.developer, world.bug)
    change_project(actor=world.team.owner, project=world.team, changes={"key": "NEW"})

    message = say(world.developer, world.bug, f"[a](/NEW/files/{file.uuid}/) [b](/GONE/files/{file.uuid}/)")

    assert (hung(file)[0], message.file_count) == ("draft", 0)


def test_a_file_that_hangs_on_something_is_only_linked(world):
    mine = draft(world.developer, world.bug)
    first = say(world.developer, world.bug, "One", files=[mine.uuid])
    before = File.history.count()

    say(world.developer, world.issue("BUG-5"), linked(mine))

    assert (hung(mine), File.history.count()) == (("message", None, first.pk), before)


def test_another_persons_draft_is_only_linked(world):
    theirs = draft(world.lead, world.bug)

    message = say(world.developer, world.bug, shown(theirs))

    assert (hung(theirs)[0], message.file_count) == ("draft", 0)


def test_a_draft_of_another_project_is_only_linked(world):
    far = draft(world.developer, world.team)

    message = say(world.developer, world.bug, f"{shown(far)} ![x](/BUG/files/{far.uuid}/)")

    assert (hung(far)[0], message.file_count) == ("draft", 0)


@pytest.mark.parametrize("whose", ["another's", "of another project", "gone", "never there"])
def test_a_file_that_is_not_to_be_had_is_refused_by_its_number(world, whose):
    mine = draft(world.developer, world.bug)
    file = {
        "another's": lambda: draft(world.lead, world.bug, "secret.txt").uuid,
        "of another project": lambda: draft(world.developer, world.team).uuid,
        "gone": lambda: _forgotten(draft(world.developer, world.bug)),
        "never there": uuid.uuid4,
    }[whose]()

    with pytest.raises(DomainError, match="Take out number 2 and add it again") as refused:
        say(world.developer, world.bug, "Look", files=[mine.uuid, file])

    assert "secret" not in str(refused.value)
    assert hung(mine)[0] == "draft"


def _forgotten(file):
    File.objects.filter(pk=file.pk).delete()
    return file.uuid


def test_a_file_that_was_sent_already_is_refused_by_its_name(world):
    file = draft(world.developer, world.bug, "once.txt")
    say(world.developer, world.bug, "One", files=[file.uuid])

    with pytest.raises(DomainError, match=r"once\.txt was sent already"):
        say(world.developer, world.bug, "Two", files=[file.uuid])


def test_a_file_on_its_way_is_refused_also_where_the_text_names_it(world):
    file = pending(world.developer, world.bug, "slow.png")

    for values in ({"files": [file.uuid]}, {"body": shown(file)}):
        with pytest.raises(DomainError, match=r"slow\.png is still being sent"):
            say(world.developer, world.bug, **values)


def test_a_file_that_was_refused_is_named_with_the_reason(world):
    file = draft(world.developer, world.bug, "no.png", content=b"no picture at all")

    with pytest.raises(DomainError, match=r"no\.png was not accepted: Its name says that it is a picture"):
        say(world.developer, world.bug, files=[file.uuid])


def test_a_file_that_was_refused_is_passed_over_where_the_text_names_it(world):
    file = draft(world.developer, world.bug, "no.png", content=b"no picture at all")

    message = say(world.developer, world.bug, shown(file))

    assert (hung(file)[0], message.file_count) == ("draft", 0)


def test_more_files_than_a_message_takes_are_refused(world, settings):
    settings.FILES_PER_MESSAGE = 2
    files = [draft(world.developer, world.bug, f"{place}.txt") for place in range(3)]

    for values in (
        {"files": [file.uuid for file in files]},
        {"files": [file.uuid for file in files[:2]], "body": linked(files[2])},
    ):
        with pytest.raises(DomainError, match="at most 2 files, and this one has 3"):
            say(world.developer, world.bug, **values)
    assert say(world.developer, world.bug, files=[file.uuid for file in files[:2]]).file_count == 2


def test_a_file_twice_counts_once(world):
    file = draft(world.developer, world.bug)

    message = say(world.developer, world.bug, linked(file), files=[file.uuid, file.uuid])

    assert message.file_count == 1


def test_a_retry_returns_the_first_message_and_hangs_nothing_again(world):
    key, file, named = uuid.uuid4(), draft(world.developer, world.bug), draft(world.developer, world.bug, "b.txt")
    body = f"Look {linked(named)}"
    first = say(world.developer, world.bug, body, client_id=key, files=[file.uuid])
    before = (head(world.bug), File.history.count())

    second = say(world.developer, world.bug, body, client_id=key, files=[file.uuid])

    assert (second, (head(world.bug), File.history.count())) == (first, before)


@pytest.mark.parametrize("change", ["one more", "one less"])
def test_a_retry_with_other_files_is_refused(world, change):
    key, file, other = uuid.uuid4(), draft(world.developer, world.bug), draft(world.developer, world.bug)
    say(world.developer, world.bug, "Look", client_id=key, files=[file.uuid])

    sent = [file.uuid, other.uuid] if change == "one more" else []
    with pytest.raises(DomainError, match="has sent another message"):
        say(world.developer, world.bug, "Look", client_id=key, files=sent)

    assert hung(other)[0] == "draft"


def test_a_rollback_leaves_the_drafts(world):
    file = draft(world.developer, world.bug)

    def say_and_fail():
        with transaction.atomic():
            say(world.developer, world.bug, files=[file.uuid])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        say_and_fail()

    assert hung(file) == ("draft", None, None)


def test_who_may_only_write_may_send_files_with_it(world):
    with pytest.raises(PermissionRefused):
        say(world.viewer, world.bug, "Look", files=[uuid.uuid4()])
    project = change_project(actor=world.lead, project=world.bug, changes={"viewers_may_write": True})
    viewer = User.objects.get(pk=world.viewer.pk)

    message = say(viewer, project, files=[draft(viewer, project).uuid])

    assert message.file_count == 1


@pytest.mark.django_db(transaction=True)
def test_one_draft_in_two_messages_at_once_goes_with_one(world):
    file, told = draft(world.developer, world.bug), []
    gate = threading.Barrier(2)

    def send(place):
        gate.wait(10)
        try:
            told.append(say(world.developer, place, "Look", files=[file.uuid]).pk)
        except DomainError as error:
            told.append(error.code)

    both = [threading.Thread(target=send, args=[place]) for place in (world.bug, world.issue("BUG-5"))]
    for each in both:
        each.start()
    for each in both:
        each.join(30)

    assert sorted(map(str, told)) == sorted([str(again(file).message_id), "file_used"])


def test_an_edit_hangs_what_it_newly_names(world):
    one, two = draft(world.developer, world.bug), draft(world.developer, world.bug, "b.png")
    message = say(world.developer, world.bug, "Look", files=[one.uuid])

    edited = edit_message(actor=world.developer, message=message, body=f"Look {shown(two)}")

    assert (hung(two), edited.file_count) == (("message", None, message.pk), 2)


def test_an_edit_may_leave_the_files_alone_but_not_nothing(world):
    file = draft(world.developer, world.bug)
    message = say(world.developer, world.bug, "Look", files=[file.uuid])

    assert edit_message(actor=world.developer, message=message, body="").body == ""
    edit_message(actor=world.developer, message=message, body="Again")
    remove_file(actor=world.developer, file=again(file))
    with pytest.raises(DomainError, match="Write something first"):
        edit_message(actor=world.developer, message=message, body="")


def test_an_edit_counts_the_files_that_are_there(world, settings):
    settings.FILES_PER_MESSAGE = 1
    message = say(world.developer, world.bug, "Look", files=[draft(world.developer, world.bug).uuid])

    with pytest.raises(DomainError, match="at most 1 files, and this one has 2"):
        edit_message(actor=world.developer, message=message, body=linked(draft(world.developer, world.bug)))


def test_an_edit_does_not_count_the_files_that_were_removed(world, settings):
    settings.FILES_PER_MESSAGE = 2
    one, two, three = (draft(world.developer, world.bug) for _place in range(3))
    message = say(world.developer, world.bug, "Look", files=[one.uuid, two.uuid])
    remove_file(actor=world.developer, file=again(one))

    edit_message(actor=world.developer, message=message, body=linked(three))

    assert hung(three) == ("message", None, message.pk)


def test_a_message_that_is_taken_back_takes_its_files_along(world):
    file, kept = draft(world.developer, world.bug), draft(world.developer, world.bug)
    message = say(world.developer, world.issue("BUG-5"), "Look", files=[file.uuid])
    say(world.developer, world.issue("BUG-5"), "Mine", files=[kept.uuid])
    before = head(world.bug)

    delete_message(actor=world.lead, message=message)

    now = again(file)
    assert (now.removed_at is not None, now.removed_by, again(kept).removed_at) == (True, world.lead, None)
    assert File.history.filter(id=file.pk).latest("history_id").history_user == world.lead
    assert [kind for kind, *_rest in events_after(world.bug, before)] == ["message.deleted"]
