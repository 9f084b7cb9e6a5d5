"""Answers with some of their fields only: `?fields=key,title`."""

from typing import Any, get_args

from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.api.shapes import Listing
from config.errors import DomainError

NAME = "fields"


class Fields:
    """The fields that one may choose of an answer: those of the thing itself, or of each thing of a list."""

    def __init__(self, answer: Any) -> None:
        """`answer` is a model, a list of them, or a Listing of them; TypeError for anything else."""
        generic: Any = getattr(answer, "__pydantic_generic_metadata__", {"origin": None, "args": ()})
        self.is_listing = generic["origin"] is Listing
        self.is_list = getattr(answer, "__origin__", None) is list
        item = generic["args"][0] if self.is_listing else get_args(answer)[0] if self.is_list else answer
        if not hasattr(item, "model_fields"):
            raise TypeError(f"{answer} has no fields to choose from")
        self.names = tuple(item.model_fields)

    def asked(self, request: HttpRequest) -> Any:
        """Return what to write of the answer, as pydantic's `include`; None for all. Raises DomainError."""
        if NAME not in request.GET:
            return None
        names = {name.strip() for name in request.GET[NAME].split(",")}
        if unknown := names - set(self.names):
            sentence = _("There is no field %(name)s here. There are: %(known)s.") % {
                "name": sorted(unknown)[0][:80],
                "known": ", ".join(self.names),
            }
            raise DomainError(sentence, code="invalid", context={"fields": {NAME: [sentence]}})
        each: Any = {"__all__": names}
        data = {"items": each, "next": True} if self.is_listing else each if self.is_list else names
        return {"data": data, "error": True, "status": True}

    @property
    def documented(self) -> dict[str, Any]:
        """The parameter in the document."""
        words = {"type": "array", "items": {"type": "string", "enum": list(self.names)}, "minItems": 1}
        told = {"description": "Only these fields of what is answered, with commas between.", "schema": words}
        return {"in": "query", "name": NAME, "required": False, "style": "form", "explode": False, **told}
