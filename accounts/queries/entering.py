"""Reading people as whoever wants to come in names them. Not for pages: who is deactivated is found as well."""

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts.attempts import folded
from accounts.models import User


def person_named(name: str) -> User | None:
    """Return who has this username, or this address as their own; one statement, whoever it is.

    An address that they only want to change to is not theirs.
    """
    field = "email" if "@" in name else "username"
    found = User.objects.filter(**{f"{field}__iexact": name.strip()[:254]}).first()
    return found if found and folded(getattr(found, field)) == folded(name) else None


def has_confirmed(person: User) -> bool:
    """Say whether the person has confirmed the address that they have; always where nothing is mailed."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return True
    return bool(EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists())


def address_wanted(person: User) -> str:
    """Return the address that the person wants to change to and has not confirmed; empty for none."""
    rows = EmailAddress.objects.filter(user=person, verified=False).exclude(email=person.email)
    return str(rows.order_by("-pk").values_list("email", flat=True).first() or "")


@dataclass(frozen=True, slots=True)
class Connection:
    """An account elsewhere that logs in to one here, or one that could (`pk` None). `login_path` asks for it."""

    provider: str
    name: str
    pk: int | None = None
    who: str = ""
    login_path: str = ""


def connections_of(person: User) -> list[Connection]:
    """Return the person's accounts elsewhere, and the providers at which they have none; one statement."""
    known = {app["provider_id"]: app["name"] for app in provider_apps()}
    rows = list(SocialAccount.objects.filter(user=person).order_by("pk"))
    mine = [Connection(row.provider, known.get(row.provider, row.provider), row.pk, _who(row)) for row in rows]
    used = {row.provider for row in rows}
    return mine + [Connection(provider, name) for provider, name in known.items() if provider not in used]


def provider_apps() -> list[dict[str, Any]]:
    """Return the identity providers of the settings (config/providers.py)."""
    apps: list[dict[str, Any]] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return apps


def _who(row: SocialAccount) -> str:
    return str(row.extra_data.get("email") or row.extra_data.get("name") or "")
