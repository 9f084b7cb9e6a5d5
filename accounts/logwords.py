"""The instance's log in words. Driven by a table; a kind without an entry shows its name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from accounts.enums import Registration
from accounts.former import told
from accounts.models import User
from notifications.models import Event

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind reads: of somebody else (`other`), and where the person did it to themselves (`own`)."""

    icon: str
    other: "StrOrPromise"
    own: "StrOrPromise" = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that became another."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """An event as an administrator reads it. `person` is whom it is about, where that is a person."""

    event: Event
    icon: str
    parts: tuple[tuple[str, User | None], ...]
    changes: tuple[Change, ...]
    origin: str = ""

    @property
    def text(self) -> str:
        """The sentence in one piece, with the changes after it."""
        said = "".join(f"{text} ({person.username})" if person else text for text, person in self.parts)
        changes = "; ".join(f"{change.name}: {change.old} → {change.new}" for change in self.changes)
        return f"{said}: {changes}" if changes else said


KINDS: dict[str, Words] = {
    "person.registered": Words("user-plus", t("{whom} was registered"), t("{who} registered")),
    "person.changed": Words("pencil", t("{who} changed the profile of {whom}"), t("{who} changed their profile")),
    "person.administrator_set": Words("shield", t("{who} changed the administrator's rights of {whom}")),
    "person.deactivated": Words("user-off", t("{who} deactivated {whom}"), t("{who} deactivated their account")),
    "person.reactivated": Words("user-check", t("{who} activated {whom} again")),
    "person.left": Words("user-off", t("{who} deleted the account of {whom}"), t("{who} deleted their account")),
    "person.exported": Words("download", t("{who} took the data of {whom}"), t("{who} took their data along")),
    "person.logged_in": Words("login", t("{whom} logged in"), t("{who} logged in")),
    "person.log_in_failed": Words("alert-triangle", t("Somebody failed to log in as {whom}")),
    "person.reset_asked": Words("mail", t("Somebody asked for a new password of {whom}")),
    "person.password_reset": Words("key", t("{who} reset the password of {whom}"), t("{who} reset their password")),
    "person.password_changed": Words(
        "key", t("{who} changed the password of {whom}"), t("{who} changed their password")
    ),
    "person.email_wanted": Words(
        "mail", t("{who} asked for another address of {whom}"), t("{who} asked to change their address")
    ),
    "person.email_confirmed": Words(
        "mail", t("{who} confirmed the address of {whom}"), t("{who} confirmed an address")
    ),
    "person.email_changed": Words("mail", t("{who} changed the address of {whom}"), t("{who} changed their address")),
    "person.connected": Words(
        "link", t("{who} connected an account of {whom}"), t("{who} connected an account at {provider}")
    ),
    "person.disconnected": Words(
        "link", t("{who} disconnected an account of {whom}"), t("{who} disconnected the account at {provider}")
    ),
    "person.factor_added": Words(
        "shield-check", t("{who} added a second factor of {whom}"), t("{who} added a second factor: {factor}")
    ),
    "person.factor_removed": Words(
        "shield", t("{who} removed a second factor of {whom}"), t("{who} removed a second factor: {factor}")
    ),
    "person.factors_reset": Words("shield", t("{who} removed all second factors of {whom}")),
    "person.sessions_ended": Words(
        "logout", t("{who} ended sessions of {whom}: {count}"), t("{who} ended sessions of their own: {count}")
    ),
    "token.created": Words("key", t("{who} made a token of {whom}"), t("{who} made the token {name} ({prefix}…)")),
    "token.revoked": Words(
        "ban", t("{who} revoked a token of {whom}"), t("{who} revoked the token {name} ({prefix}…)")
    ),
    "token.used_from": Words(
        "world",
        t("The token {name} of {whom} was used from a new address"),
        t("The token {name} of {who} was used from a new address"),
    ),
    "token.reused": Words("alert-triangle", t("A refresh token of {whom} was used twice; its log-in was ended")),
    "instance.changed": Words("settings", t("{who} changed the settings of this site")),
    "instance.project_taken_over": Words("shield", t("{who} took over the project {key}: “{reason}”")),
    "instance.log_exported": Words("download", t("{who} exported this log ({count} lines)")),
    "instance.letters_retried": Words("refresh", t("{who} had letters tried again: {count} ({letters})")),
    "instance.letters_dropped": Words("trash", t("{who} let letters go: {count} ({letters})")),
}
# What the page may be narrowed to: kinds, or beginnings of kinds that end in a dot.
GROUPS: dict[str, tuple[str, ...]] = {
    "entering": (
        *("person.logged_in", "person.log_in_failed", "person.reset_asked", "person.password_", "person.email_"),
        *("person.connected", "person.disconnected", "person.sessions_ended"),
    ),
    "factors": ("person.factor",),
    "people": (
        *("person.registered", "person.changed", "person.administrator_set", "person.deactivated"),
        *("person.reactivated", "person.left", "person.exported"),
    ),
    "tokens": ("token.",),
    "instance": ("instance.",),
}
GROUP_NAMES: dict[str, "StrOrPromise"] = {
    "entering": t("Log-ins, passwords and sessions"),
    "factors": t("Second factors"),
    "people": t("People and roles"),
    "tokens": t("Tokens"),
    "instance": t("This site"),
}
FIELDS: dict[str, "StrOrPromise"] = {
    "registration": t("who may register"),
    "allowed_domains": t("allowed domains"),
    "require_two_factors": t("second factor for everyone"),
    "require_login": t("log-in for public projects"),
    "session_days": t("days of a log-in"),
    "display_name": t("name"),
    "time_zone": t("time zone"),
    "language": t("language"),
    "theme": t("colours"),
    "email": t("e-mail"),
    "avatar": t("picture"),
    "administrator": t("administrator"),
}
VALUES: dict[str, Mapping[Any, "StrOrPromise"]] = {
    "registration": dict(Registration.choices),
    "factor": {"totp": t("authenticator app"), "webauthn": t("passkey"), "recovery_codes": t("recovery codes")},
}


def described(events: Iterable[Event], people: Mapping[int, User]) -> list[LogLine]:
    """Return events in words; `people` holds those whom they are about, by id. Names of former members are not told."""
    return [_line(event, people) for event in events]


def subjects_of(events: Iterable[Event]) -> set[int]:
    """Return the ids of the people whom events are about."""
    found = (event.subject.partition("person:")[2] for event in events)
    return {int(text) for text in found if text.isdecimal()}


def _line(event: Event, people: Mapping[int, User]) -> LogLine:
    whom = people.get(next(iter(subjects_of([event])), 0))
    words = KINDS.get(event.kind, Words("activity", f"{{who}}: {event.kind}"))
    is_own = bool(words.own) and whom is not None and (event.actor_id is None or event.actor_id == whom.pk)
    actor = event.actor or (whom if is_own else None)
    parts = tuple(_parts(str(words.own if is_own else words.other), event, actor, whom))
    return LogLine(event, words.icon, parts, tuple(_changes(event.data)), str(event.data.get("ip") or ""))


def _parts(words: str, event: Event, who: User | None, whom: User | None) -> Iterable[tuple[str, User | None]]:
    named: dict[str, Callable[[], tuple[str, User | None]]] = {
        "who": lambda: (who.name, who) if who else (_("Plumbline"), None),
        "whom": lambda: (whom.name, whom) if whom else (_("nobody known here"), None),
    }
    for text, name, _spec, _conversion in Formatter().parse(words):
        if text:
            yield text, None
        if name:
            value = event.data.get(name, "")
            yield named[name]() if name in named else (str(VALUES.get(name, {}).get(value, value)), None)


def _changes(data: Mapping[str, Any]) -> Iterable[Change]:
    if "administrator" in data:
        yield Change(
            str(FIELDS["administrator"]), _shown("", not data["administrator"]), _shown("", data["administrator"])
        )
    for field, diff in data.get("changes", {}).items():
        yield Change(str(FIELDS.get(field, field)), _shown(field, diff["from"]), _shown(field, diff["to"]))


def _shown(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field == "avatar":
        return _("a picture") if value else "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if value in {None, ""}:
        return "–"
    return told(str(VALUES.get(field, {}).get(value, value)))
