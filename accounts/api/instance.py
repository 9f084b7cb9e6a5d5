"""What site administrators do. For everyone else there is nothing here: 404."""

from datetime import datetime
from operator import attrgetter
from typing import Annotated

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.access import require_whole
from accounts.api.shapes import PersonOut, person_out
from accounts.enums import Registration, Scope
from accounts.forms.instance import MOST_AT_ONCE
from accounts.models import InstanceSettings, User
from accounts.queries.instance import (
    PEOPLE_FILTERS,
    get_person_or_404,
    people_by_username,
    people_of_instance,
    settings_row,
)
from accounts.services.administering import end_sessions_of
from accounts.services.instance import change_instance
from accounts.services.people import set_active, set_administrator, set_all_active
from accounts.stepup import require_step_up_of_script
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, Sort, page_of
from config.api.shapes import Done, In, Listing, Out
from config.errors import DomainError

routes = Operations(tags=["Administration"])
SORTS = {"name": ["username"], "joined": ["date_joined", "pk"], "seen": ["seen_at", "pk"]}


class AccountOut(Out):
    """A person as administrators see them. `is_former` are those who deleted their account."""

    person: PersonOut
    email: str
    is_active: bool
    is_administrator: bool
    is_former: bool
    joined_at: datetime
    last_seen_at: datetime | None


class AccountsAsked(Paging):
    """Which accounts are listed."""

    q: str = Field("", max_length=100, description="A part of the name, username or address.")
    role: Annotated[str, OneOf("", *PEOPLE_FILTERS["role"])] = ""
    state: Annotated[str, OneOf("", *PEOPLE_FILTERS["state"])] = ""
    factor: Annotated[str, OneOf("", *PEOPLE_FILTERS["factor"])] = ""
    login: Annotated[str, OneOf("", *PEOPLE_FILTERS["login"])] = ""
    sort: Annotated[str, Sort(*SORTS)] = "name"


class AccountIn(In):
    """What is to become of an account; what is left out stays."""

    is_active: bool | None = None
    is_administrator: bool | None = None


class AccountsIn(In):
    """What is to become of several accounts: all of them or none."""

    usernames: list[Annotated[str, Field(min_length=1, max_length=150)]] = Field(min_length=1, max_length=MOST_AT_ONCE)
    is_active: bool


class InstanceOut(Out):
    """The settings of this installation. `session_days` is after how many days one logs in again."""

    registration: Annotated[str, OneOf(*Registration.values)]
    allowed_domains: list[str]
    require_two_factors: bool
    require_login: bool
    session_days: int


class InstanceIn(In):
    """Settings to change; what is left out stays."""

    registration: Annotated[str, OneOf(*Registration.values)] | None = None
    allowed_domains: list[Annotated[str, Field(max_length=253)]] | None = Field(None, max_length=100)
    require_two_factors: bool | None = None
    require_login: bool | None = None
    session_days: int | None = Field(None, ge=1, le=90)


def account_out(person: User) -> AccountOut:
    """Return a person as administrators see them."""
    return AccountOut(
        person=person_out(person),
        email=person.email,
        is_active=person.is_active,
        is_administrator=person.is_superuser,
        is_former=person.left_at is not None,
        joined_at=person.date_joined,
        last_seen_at=person.last_seen_at,
    )


def instance_out(row: InstanceSettings) -> InstanceOut:
    """Return the settings."""
    return InstanceOut(
        registration=row.registration,
        allowed_domains=row.allowed_domains,
        require_two_factors=row.require_two_factors,
        require_login=row.require_login,
        session_days=row.session_days,
    )


def administrators_only(request: ApiRequest) -> None:
    """Raise Http404 for everyone but site administrators, as their pages do.

    PermissionRefused for an administrator's token that reaches some projects only: the installation is more than those.
    """
    if not request.user.is_superuser:
        raise Http404("for site administrators")
    require_whole(request.user)


@routes.get("/instance/people", scope=Scope.ADMIN_READ, answer=Listing[AccountOut], sparse=True)
def list_accounts(request: ApiRequest, asked: Query[AccountsAsked]) -> Listing[AccountOut]:
    """List all accounts.

    Also deactivated ones and those of former members. For site administrators.
    """
    administrators_only(request)
    chosen = {name: getattr(asked, name) for name in PEOPLE_FILTERS}
    falls, name = asked.sort.startswith("-"), asked.sort.lstrip("-")
    order = [f"-{key}" if falls else key for key in SORTS[name]]
    found, following = page_of(people_of_instance(text=asked.q, chosen=chosen), asked, order, context="accounts")
    return Listing(items=[account_out(person) for person in found], next=following)


@routes.patch("/instance/people", scope=Scope.ADMIN_WRITE, answer=list[AccountOut])
def change_accounts(request: ApiRequest, body: AccountsIn) -> list[AccountOut]:
    """Activate or deactivate several accounts.

    All of them or none, each under the rules of one alone; 422 names who is not known here. For site administrators,
    with a personal token or within 5 minutes of saying who they are.
    """
    administrators_only(request)
    require_step_up_of_script(request)
    found = people_by_username(body.usernames)
    if unknown := [name for name in body.usernames if name not in found]:
        message = _("Nobody here is called %s. Write usernames as they are.") % ", ".join(unknown[:5])
        raise DomainError(message, code="unknown_people", context={"fields": {"usernames": [message]}})
    people = set_all_active(actor=request.user, people=list(found.values()), active=body.is_active)
    return [account_out(person) for person in sorted(people, key=attrgetter("username"))]


@routes.get("/instance/people/{username}", scope=Scope.ADMIN_READ, answer=AccountOut, errors=(404,))
def read_account(request: ApiRequest, username: str) -> AccountOut:
    """Read an account.

    For site administrators.
    """
    administrators_only(request)
    return account_out(get_person_or_404(username))


@routes.patch("/instance/people/{username}", scope=Scope.ADMIN_WRITE, answer=AccountOut)
def change_account(request: ApiRequest, username: str, body: AccountIn) -> AccountOut:
    """Activate or deactivate an account, make it an administrator's or an ordinary one.

    Deactivating ends its sessions, tokens and open pages. Never one's own, never the last administrator's. For site
    administrators, with a personal token or within 5 minutes of saying who they are.
    """
    administrators_only(request)
    require_step_up_of_script(request)
    person = get_person_or_404(username)
    with transaction.atomic():
        if body.is_administrator is False:
            person = set_administrator(actor=request.user, person=person, administrator=False)
        if body.is_active is not None:
            person = set_active(actor=request.user, person=person, active=body.is_active)
        if body.is_administrator:
            person = set_administrator(actor=request.user, person=person, administrator=True)
    return account_out(person)


@routes.delete("/instance/people/{username}/sessions", scope=Scope.ADMIN_WRITE, answer=Done)
def end_sessions(request: ApiRequest, username: str) -> Done:
    """End all sessions of somebody.

    Their personal tokens go on. For site administrators, and never for oneself.
    """
    administrators_only(request)
    end_sessions_of(actor=request.user, person=get_person_or_404(username))
    return Done()


@routes.get("/instance/settings", scope=Scope.ADMIN_READ, answer=InstanceOut, errors=(404,))
def read_instance(request: ApiRequest) -> InstanceOut:
    """Read the settings of this installation.

    For site administrators.
    """
    administrators_only(request)
    return instance_out(settings_row())


@routes.patch("/instance/settings", scope=Scope.ADMIN_WRITE, answer=InstanceOut)
def change_settings(request: ApiRequest, body: InstanceIn) -> InstanceOut:
    """Change the settings of this installation.

    For site administrators, with a personal token or within 5 minutes of saying who they are.
    """
    administrators_only(request)
    require_step_up_of_script(request)
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    return instance_out(change_instance(actor=request.user, changes=changes))
