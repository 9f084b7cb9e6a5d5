"""The settings of this installation, and what administrators do about people that is not a change of the person."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import instance
from accounts.administrators import require_administrator
from accounts.domains import clean_domains
from accounts.enums import Registration
from accounts.events import INSTANCE, AccountEvent
from accounts.models import InstanceSettings, User
from accounts.standing import has_factor
from config.errors import DomainError
from notifications.history import save_as
from notifications.live.publisher import EVERYONE, publish_on_commit
from notifications.services import record

INSTANCE_FIELDS = frozenset({"registration", "allowed_domains", "require_two_factors", "require_login", "session_days"})

# A change of these may end log-ins: open pages are looked at within two seconds.
ENDING = frozenset({"require_two_factors", "session_days"})


@transaction.atomic
def change_instance(*, actor: User, changes: Mapping[str, Any]) -> InstanceSettings:
    """Change settings (INSTANCE_FIELDS; others raise ValueError); one event with what was and what is, for a change.

    Locks the one row, and makes it where there is none. This process reads them anew at once, others within a second.
    Raises PermissionRefused for who is no site administrator, DomainError for what would lock people out by mistake.
    """
    if unknown := set(changes) - INSTANCE_FIELDS:
        raise ValueError(f"not settings of the installation: {sorted(unknown)}")
    require_administrator(actor)
    row = _locked_row()
    wanted = _cleaned(changes)
    old = {name: getattr(row, name) for name, value in wanted.items() if getattr(row, name) != value}
    if not old:
        return row
    for name in old:
        setattr(row, name, wanted[name])
    _refuse_lock_out(actor, row, old)
    save_as(actor, row, list(old))
    diff = {name: {"from": value, "to": wanted[name]} for name, value in old.items()}
    record(INSTANCE, kind=AccountEvent.INSTANCE_CHANGED, actor=actor, data={"changes": diff})
    instance.forget()
    # Another thread may have read the old row before the commit.
    transaction.on_commit(instance.forget)
    if ENDING & set(old):
        publish_on_commit(EVERYONE, {"type": "rights.changed"})
    return row


def _locked_row() -> InstanceSettings:
    InstanceSettings.objects.bulk_create([InstanceSettings(pk=1)], ignore_conflicts=True)
    return InstanceSettings.objects.select_for_update(of=("self",)).get(pk=1)


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as the database keeps them. Raises DomainError for the first that cannot be."""
    wanted = dict(changes)
    try:
        if "allowed_domains" in wanted:
            wanted["allowed_domains"] = list(clean_domains(wanted["allowed_domains"]))
        for name, value in wanted.items():
            if name != "allowed_domains":
                column: Any = InstanceSettings._meta.get_field(name)  # noqa: SLF001 (Django's own interface)
                wanted[name] = column.clean(value, None)
    except ValidationError as error:
        raise DomainError(error.messages[0], code="invalid") from error
    return wanted


def _refuse_lock_out(actor: User, row: InstanceSettings, old: Mapping[str, Any]) -> None:
    if row.registration == Registration.DOMAINS and not row.allowed_domains:
        message = _("Name at least one domain, or nobody could register. Addresses at it are let in.")
        raise DomainError(message, code="no_domains")
    if row.require_two_factors and "require_two_factors" in old and not has_factor(actor):
        message = _("You have no second factor yourself, so this would lock you out. Set one up on your page first.")
        raise DomainError(message, code="own_factor")
