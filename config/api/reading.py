"""How the body of a request is read: JSON, in UTF-8, of texts that the database can hold."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

from config.errors import DomainError

TYPE = "application/json"


class WrongType(DomainError):
    """The body says that it is something else than JSON."""

    status = 415
    code = "unsupported_type"


class Unreadable(DomainError):
    """The body is no JSON, or holds what nobody could have typed."""

    status = 400
    code = "unreadable"


class JsonParser(Parser):
    """Reads bodies strictly; ninja reports what it raises as a 400, whose cause config.api.site answers."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body holds; raises WrongType and Unreadable."""
        if request.content_type != TYPE:
            raise WrongType(_("Send JSON, with the header Content-Type: application/json."))
        try:
            content = json.loads(request.body.decode(), parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise Unreadable(_("The body is not JSON in UTF-8, and cannot be read.")) from None
        _check_texts(content)
        return content


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _check_texts(content: Any) -> None:
    """Raise Unreadable for a zero character, which PostgreSQL does not hold, and for half a character of UTF-16."""
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str) and ("\x00" in part or any("\ud800" <= letter <= "\udfff" for letter in part)):
            raise Unreadable(_("A text holds a character that cannot be kept."))
