"""The Jinja2 environment of all pages: strict about undefined names, translated, with our filters."""

from datetime import UTC, date, datetime
from functools import lru_cache
from math import floor
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, ngettext, pgettext
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from config import clock, markdown
from config.kept import keep, reading_language

KILO, UNITS = 1024, ("KB", "MB", "GB", "TB")
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7 * 86_400


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the path of a named URL."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def ago(moment: datetime) -> str:
    """Say how long ago a moment was: just now, 5 minutes ago, 3 days ago; after a week its date."""
    seconds = int((clock.now() - moment).total_seconds())
    if seconds < MINUTE:
        return gettext("just now")
    if seconds < HOUR:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", seconds // MINUTE) % {"num": seconds // MINUTE}
    if seconds < DAY:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", seconds // HOUR) % {"num": seconds // HOUR}
    if seconds < WEEK:
        return ngettext("%(num)d day ago", "%(num)d days ago", seconds // DAY) % {"num": seconds // DAY}
    return _date_words(timezone.localdate(moment), reading_language(), "j M Y")


def exact(moment: datetime) -> str:
    """Return the exact time in the reader's zone, for the hover text."""
    return _time_words(moment, timezone.get_current_timezone_name(), reading_language())


# Lists show the same few hundred moments to everyone, and Django's formatting of a date costs 30 µs.
@lru_cache(maxsize=4096)
def _time_words(moment: datetime, zone: str, language: str) -> str:
    return formats.date_format(timezone.localtime(moment), "D j M Y, H:i") + " " + zone


@lru_cache(maxsize=4096)
def _date_words(value: date, language: str, pattern: str) -> str:
    return formats.date_format(value, pattern)


def iso(moment: datetime) -> str:
    """Return the machine-readable time of a <time> element, in UTC to the second."""
    return moment.astimezone(tz=None).isoformat(timespec="seconds") if moment.tzinfo is None else moment.isoformat()


def zulu(moment: datetime) -> str:
    """Return a moment in UTC to the microsecond without a plus sign, fit for an address."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def local_input(moment: datetime) -> str:
    """Return a moment as a datetime-local field holds it: the reader's zone, to the minute."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def when(moment: datetime) -> Markup:
    """Return a <time> element: relative words, exact time on hover."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(moment), exact(moment), ago(moment))


def day(value: date) -> str:
    """Return a date as 23 Nov, with the year where it is not this one."""
    pattern = "j M" if value.year == timezone.localdate().year else "j M Y"
    return _date_words(value, reading_language(), pattern)


def long_day(value: date) -> str:
    """Return a date as Thursday 19 November, with the year where it is not this one."""
    pattern = "l j F" if value.year == timezone.localdate().year else "l j F Y"
    return _date_words(value, reading_language(), pattern)


def time_of_day(moment: datetime) -> str:
    """Return the time of day in the reader's zone, as 16:04."""
    return timezone.localtime(moment).strftime("%H:%M")


def due_words(value: date) -> str:
    """Say a due date as Today, Tomorrow, Yesterday, or its day."""
    names = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}
    return names.get((value - timezone.localdate()).days, day(value))


def due_urgency(value: date) -> str:
    """Return late (today or past), soon (within two days) or an empty text: the CSS class of a due date."""
    days = (value - timezone.localdate()).days
    return "late" if days <= 0 else "soon" if days <= 2 else ""  # noqa: PLR2004


def filesize(size: int) -> str:
    """Say a number of bytes as 17 bytes, 9.3 KB or 25 MB, in steps of 1024; static/js/upload-rows.js says the same."""
    if size < KILO:
        return ngettext("%(num)d\xa0byte", "%(num)d\xa0bytes", size) % {"num": size}
    power = min((size.bit_length() - 1) // 10, len(UNITS))
    amount = floor(10 * size / KILO**power + 0.5) / 10
    words = formats.number_format(int(amount) if amount.is_integer() else amount)
    return f"{words}\xa0{UNITS[power - 1]}"


@lru_cache(maxsize=2048)
def static_url(path: str) -> str:
    """Return the hashed address of a static file; looked up once a process."""
    return static(path)


def csrf_field(request: HttpRequest) -> Markup:
    """Return the hidden input that every POST form carries."""
    return Markup('<input type="hidden" name="csrfmiddlewaretoken" value="{}">').format(get_token(request))


def page_basics(request: HttpRequest) -> dict[str, Any]:
    """Give every page its nonce, token and messages; each is made only when the page uses it."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "csrf_token": SimpleLazyObject(lambda: get_token(request)),
        "csrf_input": SimpleLazyObject(lambda: csrf_field(request)),
        "messages": getattr(request, "_messages", ()),
        "site_url": settings.SITE_URL,
    }


def file_limits() -> dict[str, Any]:
    """Return what may be sent: bytes of one file, the same in words, and files of one message."""
    size = settings.FILE_LIMIT_BYTES
    return {"bytes": size, "words": filesize(size), "most": settings.FILES_PER_MESSAGE}


def environment(**options: Any) -> Environment:
    """Build the environment; called by Django once a process."""
    options["undefined"] = StrictUndefined
    options["auto_reload"] = settings.ENVIRONMENT == "development"
    env = Environment(  # noqa: S701 (Django's backend turns autoescape on)
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    if len(settings.LANGUAGES) > 1:
        env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    else:
        # Nothing to translate: a page asks 300 times, and finding out anew each time costs a tenth of it.
        env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        keep=keep, static=static_url, url=url, today=timezone.localdate, now=clock.now, language=reading_language
    )
    env.globals["file_limits"] = file_limits
    env.filters.update(ago=ago, exact=exact, iso=iso, when=when, day=day, due_words=due_words, due_urgency=due_urgency)
    env.filters.update(filesize=filesize, zulu=zulu, local_input=local_input, markdown=markdown.render)
    env.filters.update(long_day=long_day, clock=time_of_day, local_day=timezone.localdate)
    return env
