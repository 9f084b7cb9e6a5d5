"""django-simple-history with an actor and a time on every row, and tables that PostgreSQL lets nobody rewrite."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import pgtrigger
from django.db import models

from config import clock

if TYPE_CHECKING:
    from accounts.models import User

Instance = TypeVar("Instance", bound=models.Model)


def append_only(model: type[models.Model]) -> None:
    """Let PostgreSQL refuse every UPDATE and DELETE of a table. For the history tables, which simple-history makes."""
    pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))(model)


def save_as(
    actor: "User | None",
    instance: Instance,
    update_fields: Iterable[str] | None = None,
    *,
    moment: datetime | None = None,
) -> Instance:
    """Save an instance; its history row names the actor and `moment`, or the services' time."""
    _stamp(actor, instance, moment)
    instance.save(update_fields=update_fields)
    return instance


def delete_as(actor: "User | None", instance: models.Model) -> None:
    """Delete an instance; its last history row names the actor and the services' time."""
    _stamp(actor, instance)
    instance.delete()


def _stamp(actor: "User | None", instance: models.Model, moment: datetime | None = None) -> None:
    instance._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 (simple-history's own interface)
    instance._history_date = moment or clock.now()  # type: ignore[attr-defined]  # noqa: SLF001
