"""Values of a request, judged by the form of the page that takes the same."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.utils.translation import gettext as _

from config.api.shapes import In
from config.errors import DomainError


def changes_of(form: type[Form], body: In, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cleaned values of those fields that were sent and are not null; the others stay as they are `now`.

    Raises DomainError with the form's sentences for each field.
    """
    sent = body.model_dump(exclude_unset=True, exclude_none=True)
    judged = form({**now, **sent})
    if not judged.is_valid():
        raise refused_by(judged)
    return {name: judged.cleaned_data[name] for name in sent}


def refused_by(form: Form, names: Mapping[str, str] | None = None) -> DomainError:
    """Return the refusal of a form's values, with the sentences for each; `names` renames fields of the form."""
    called = names or {}
    fields = {called.get(name, name): [str(sentence) for sentence in told] for name, told in form.errors.items()}
    sentence = _("Some values cannot be used. See what is said of each.")
    return DomainError(sentence, code="invalid", context={"fields": fields})
