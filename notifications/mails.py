"""A letter as an e-mail: text and HTML of the same data, and the headers by which programs thread, sort and stop it."""

import unicodedata
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import engines
from django.utils import timezone, translation

from notifications.enums import Channel
from notifications.letters import Letter, site
from notifications.schedule import zone_of

NEWS = ("mail/news.txt", "mail/news.html")
DIGEST = ("mail/digest.txt", "mail/digest.html")
SUBJECT_LENGTH = 200
# Signs that turn the reading direction, with which a title could change how its surroundings read.
TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u200e", "\u200f", "\u061c"}


def build_mail(letter: Letter) -> EmailMultiAlternatives:
    """Return the mail, to the person's stored address and nobody else, with the Message-ID of its delivery."""
    person = letter.person
    plain, page = DIGEST if letter.is_digest else NEWS
    with timezone.override(zone_of(person.time_zone)), translation.override(person.language):
        text, html = render(plain, letter), render(page, letter)
    mail = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[person.email],
        headers=headers_of(letter),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def render(template: str, letter: Letter) -> str:
    """Return one form of the letter; pages' context processors have no say in it."""
    environment = cast(Any, engines["jinja2"]).env
    return str(environment.get_template(template).render(letter=letter, site_url=site(""))).strip() + "\n"


def headers_of(letter: Letter) -> dict[str, str]:
    """Return all headers but the usual ones.

    Threads: every mail of a topic refers to one root that was never sent, so that any program shows them together,
    whichever was lost (RFC 5322 3.6.4). Stopping: RFC 2369 and 8058. No answers by machines: RFC 3834.
    """
    delivery, host = letter.delivery, settings.SITE.hostname
    root = f"<{delivery.topic.replace(':', '-')}@{host}>"
    threads = {} if delivery.channel == Channel.DIGEST else {"In-Reply-To": root, "References": root}
    return {
        "Message-ID": delivery.message_id,
        **threads,
        "List-Id": f"<{(letter.project_key or 'plumbline').lower()}.{host}>",
        "List-Unsubscribe": f"<{letter.stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "bulk",
    }


def one_line(text: str) -> str:
    """Return a text fit for a header: one line of at most SUBJECT_LENGTH signs, none of which steer anything."""
    plain = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text if sign not in TURNING)
    # What reads like an encoded word would be decoded by whoever shows it, past everything above.
    line = " ".join(plain.split()).replace("=?", "= ?")
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"
