"""The instance's log, for site administrators."""

from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import Field

from accounts.api.instance import administrators_only
from accounts.api.shapes import PersonOut, person_or_none
from accounts.enums import Scope
from accounts.forms.log import LogForm
from accounts.logwords import GROUPS, LogLine, subjects_of
from accounts.queries.log import LogFilter, chain_status, lines_of, log_events
from config.api.forms import refused_by
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, page_of
from config.api.shapes import Listing, Out

routes = Operations(tags=["Administration"])
Day = Annotated[
    str,
    Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="A day of your own zone.", examples=["2026-11-21"]),
]


class SettingOut(Out):
    """Something that became another, in words."""

    name: str = Field(examples=["days of a log-in"])
    old: str = Field(examples=["30"])
    new: str = Field(examples=["7"])


class LogLineOut(Out):
    """A line of the log. `seq` is its number; `person` is whom it is about, where that is a person."""

    seq: int
    kind: str = Field(examples=["person.deactivated"])
    at: datetime
    actor: PersonOut | None = Field(description="Null for the site itself, and for whoever failed to log in.")
    person: PersonOut | None
    text: str = Field(description="The line in words.", examples=["Ana Pires (ana) deactivated Ben Rocha (ben)"])
    changes: list[SettingOut]
    address: str = Field(description="From where it came, where that was noted.", examples=["203.0.113.7"])


class LogAsked(Paging):
    """Which lines of the log."""

    group: Annotated[str, OneOf("", *GROUPS)] = ""
    person: str = Field("", max_length=254, description="Who did it, or whom it befell: a username or an address.")
    since: Day = ""
    until: Day = ""


class ChainOut(Out):
    """Whether nobody tampered with the log. `broken_at` is the number of the first line that does not fit."""

    lines: int
    holds: bool
    broken_at: int | None


def line_out(line: LogLine) -> LogLineOut:
    """Return a line as the page tells it."""
    event = line.event
    about = subjects_of([event])
    found = [person for _text, person in line.parts if person and person.pk in about]
    return LogLineOut(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        actor=person_or_none(event.actor),
        person=person_or_none(found[0] if found else None),
        text=line.text,
        changes=[SettingOut(name=each.name, old=each.old, new=each.new) for each in line.changes],
        address=line.origin,
    )


@routes.get("/instance/log", scope=Scope.ADMIN_READ, answer=Listing[LogLineOut], sparse=True)
def list_log(request: ApiRequest, asked: Query[LogAsked]) -> Listing[LogLineOut]:
    """List what happened to people, tokens and settings, the newest first.

    Both days count. Nothing in it is ever changed or removed. For site administrators.
    """
    administrators_only(request)
    found, following = page_of(log_events(_wanted(asked)), asked, ["-seq"], context="log")
    return Listing(items=[line_out(line) for line in lines_of(found)], next=following)


@routes.get("/instance/log/chain", scope=Scope.ADMIN_READ, answer=ChainOut, errors=(404,))
def check_log(request: ApiRequest) -> ChainOut:
    """Read the whole log and say whether its chain holds.

    Each line carries a digest of the one before it. For site administrators.
    """
    administrators_only(request)
    count, broken = chain_status()
    return ChainOut(lines=count, holds=broken is None, broken_at=broken.seq if broken else None)


def _wanted(asked: LogAsked) -> LogFilter:
    """Return what is looked for; raises DomainError with the sentences of the page's form."""
    form = LogForm({"group": asked.group, "person": asked.person, "since": asked.since, "until": asked.until})
    if not form.is_valid():
        raise refused_by(form)
    return form.wanted()
