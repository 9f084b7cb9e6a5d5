"""What the mails about coming in say, as text and as HTML of the same words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils.translation import gettext as _

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail. `good_for` is after which time it helps nobody; `code` stands large, `link` is the one thing to open."""

    subject: str
    lines: tuple[str, ...]
    link: str = ""
    link_words: str = ""
    code: str = ""
    ending: str = ""
    hello: str = ""
    good_for: timedelta = DAY
    language: str = "en"

    def render(self, kind: str) -> str:
        """Return it as `txt` or `html`."""
        environment = cast(Any, engines["jinja2"]).env
        template = environment.get_template(f"mail/letter.{kind}")
        return str(template.render(letter=self, site_url=settings.SITE_URL.rstrip("/"))).strip() + "\n"


Context = Mapping[str, Any]
_writers: dict[str, Callable[[Context], Letter]] = {}


def write_letter(kind: str, context: Context) -> Letter:
    """Write the letter of a kind that allauth or a service names; KeyError where there is none of that name."""
    return _writers[kind](context)


def address_of(path: str) -> str:
    """Return the whole address of a page: with the host of the settings, whatever a request said."""
    return settings.SITE_URL.rstrip("/") + path


def _letter(*kinds: str) -> Callable[[Callable[[Context], Letter]], Callable[[Context], Letter]]:
    def register(write: Callable[[Context], Letter]) -> Callable[[Context], Letter]:
        _writers.update(dict.fromkeys(kinds, write))
        return write

    return register


@_letter("email_confirmation", "email_confirmation_signup")
def _confirmation(context: Context) -> Letter:
    return Letter(
        _("Confirm your e-mail address"),
        (_("open this link to confirm that this is your e-mail address."),),
        link=address_of(reverse("account_confirm_email", args=[context["key"]])),
        link_words=_("Confirm the address"),
        ending=_("It is good for three days. If you did not ask for it, do nothing: without the link nothing happens."),
        hello=_name(context),
        good_for=3 * DAY,
    )


@_letter("account_already_exists")
def _already_exists(context: Context) -> Letter:
    said = _("you, or someone else, tried to register with this address. It has an account already; nothing changed.")
    return Letter(
        _("You already have an account"),
        (said, _("Log in with it. If you no longer know the password, the log-in page sends you a link.")),
        link=address_of(reverse("account_login")),
        link_words=_("Log in"),
        ending=_("If that was not you, there is nothing to do."),
    )


@_letter("password_reset_key")
def _reset(context: Context) -> Letter:
    path = reverse("account_reset_password_from_key", args=[context["uid"], context["key"]])
    return Letter(
        _("Choose a new password"),
        (_("with this link you choose a new password for your account %(name)s.") % {"name": context["username"]},),
        link=address_of(path),
        link_words=_("Choose a new password"),
        ending=_("It is good for one hour and for one use. If you did not ask for it, do nothing: nothing changes."),
        hello=_name(context),
        good_for=HOUR,
    )


@_letter("login_code")
def _code(context: Context) -> Letter:
    return Letter(
        _("Your code to log in"),
        (_("this is the code to log in with, in the window in which you asked for it."),),
        code=context["code"],
        ending=_("It is good for ten minutes. Tell it to nobody. If you did not ask for it, there is nothing to do."),
        good_for=timedelta(minutes=10),
    )


@_letter("unknown_account")
def _unknown(context: Context) -> Letter:
    return Letter(
        _("No account with this address"),
        (
            _("you, or someone else, asked to log in with this address. No account here has it."),
            _("You may have registered with another address: try that one."),
        ),
        link=address_of(reverse("account_login")),
        link_words=_("To the log-in page"),
        ending=_("If that was not you, there is nothing to do."),
        good_for=HOUR,
    )


@_letter("deactivated")
def _deactivated(context: Context) -> Letter:
    return Letter(
        _("Your account is deactivated"),
        (
            _("you, or someone else, asked to log in to your account. An administrator deactivated it."),
            _("Nobody can log in with it until an administrator activates it again."),
        ),
        good_for=HOUR,
    )


def _warning(subject: str, said: str) -> Letter:
    """Return a letter about what has changed in somebody's account."""
    return Letter(
        subject,
        (said,),
        link=address_of(reverse("account_reset_password")),
        link_words=_("It was not me: choose a new password"),
        ending=_("If it was you, there is nothing to do."),
    )


_CHANGES: dict[str, tuple[Callable[[], str], Callable[[], str]]] = {
    "password_changed": (
        lambda: _("Your password was changed"),
        lambda: _("the password of your account was changed. All your other sessions ended."),
    ),
    "password_reset": (
        lambda: _("Your password was changed"),
        lambda: _("a new password was chosen by a link that we mailed to you. All your sessions ended."),
    ),
    "password_set": (
        lambda: _("Your account has a password"),
        lambda: _("your account has a password now. All your other sessions ended."),
    ),
    "totp_activated": (
        lambda: _("Second factor switched on"),
        lambda: _("an authenticator app was added to your account. Logging in asks for its codes now."),
    ),
    "totp_deactivated": (
        lambda: _("Second factor switched off"),
        lambda: _("the authenticator app of your account was removed."),
    ),
    "recovery_codes_generated": (
        lambda: _("New recovery codes"),
        lambda: _("new recovery codes were made for your account. The earlier ones no longer work."),
    ),
    "factors_reset": (
        lambda: _("Your second factors were removed"),
        lambda: _("an administrator removed the second factors of your account, and all your sessions ended."),
    ),
    "webauthn_added": (lambda: _("Passkey added"), lambda: _("a passkey was added to your account.")),
    "webauthn_removed": (lambda: _("Passkey removed"), lambda: _("a passkey of your account was removed.")),
}
for _kind, (_subject, _said) in _CHANGES.items():
    _writers[_kind] = lambda context, subject=_subject, said=_said: _warning(subject(), said())  # type: ignore[misc]


@_letter("account_deleted")
def _deleted(context: Context) -> Letter:
    return Letter(
        _("Your account is deleted"),
        (_("you deleted your account. What you wrote stays as a former member's; all else of yours is gone."),),
        ending=_("If that was not you, tell the administrators of this site."),
        hello=_name(context),
    )


@_letter("email_changed")
def _email_changed(context: Context) -> Letter:
    said = _("your account has a new e-mail address: %(to)s. Mails no longer come to this one.")
    return _warning(_("Your e-mail address was changed"), said % {"to": context["to_email"]})


@_letter("account_connected", "account_disconnected")
def _connection(context: Context) -> Letter:
    provider = str(getattr(context["provider"], "name", "") or _label(context["provider"]))
    if context["is_connected"]:
        subject, said = _("Log-in with %s added"), _("an account at %s was connected; it logs in to your account now.")
    else:
        subject, said = _("Log-in with %s removed"), _("an account at %s no longer logs in to your account.")
    return _warning(subject % provider, said % provider)


def _label(provider_id: str) -> str:
    """Return what an identity provider of the settings is called."""
    apps: list[dict[str, Any]] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return next((str(app["name"]) for app in apps if app["provider_id"] == provider_id), provider_id)


def _name(context: Context) -> str:
    return str(context["user"].name)
