"""What a mail server's no means: for this mail or for all, for now or for good; in one line without secrets."""

import smtplib
from dataclasses import dataclass

from django.conf import settings

LENGTH = 300
FOR_GOOD = 500
CLOSING = 421


@dataclass(frozen=True)
class Failure:
    """Why a mail was not taken. `is_final`: it is refused for good. `is_away`: no other mail would go either."""

    words: str
    is_final: bool = False
    is_away: bool = False


def failure_of(error: Exception) -> Failure:
    """Read an error of Django's mail connection (RFC 5321 4.2: 4yz is for now, 5yz for good, 421 for everyone).

    A refused sender concerns every mail, and so does a server that does not answer in time; one that hangs up may have
    something against this mail only.
    """
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients) if recipients:
            code, said = next(iter(recipients.values()))
            return _answered(code, said)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=said):
            return Failure(_line(f"sender refused: {code} {_text(said)}"), is_away=True)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
            return _answered(code, said)
        case smtplib.SMTPServerDisconnected():
            return Failure(_line(f"hung up: {error}"), is_away=isinstance(error.__context__, TimeoutError))
        case OSError() if not isinstance(error, smtplib.SMTPException):
            return Failure(_line(error.strerror or str(error) or type(error).__name__), is_away=True)
    return Failure(_line(f"{type(error).__name__}: {error}"))


def _answered(code: int, said: object) -> Failure:
    return Failure(_line(f"{code} {_text(said)}"), is_final=code >= FOR_GOOD, is_away=code == CLOSING)


def _text(said: object) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _line(text: str) -> str:
    """Return a text in one printable line, without what we log in with."""
    for secret in (settings.EMAIL_HOST_PASSWORD, settings.EMAIL_HOST_USER):
        text = text.replace(secret, "…") if secret else text
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:LENGTH]
