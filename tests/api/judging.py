"""What the tests of the API's rules share: verdicts of everyone, beside those of the pages, without leaving a trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import transaction

from tests.api.calling import PERSONAS, Script, script_of

OWN_APPS = ("projects", "files", "notifications", "accounts", "issues", "chat")
# Names that no model has and that others have fallen for.
NOTORIOUS = {"pk", "user", "author", "workspace", "is_staff", "is_superuser", "__class__", "_state", "save", "delete"}


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def verdicts(world: Any, call: Callable[[Script], Any]) -> dict[str, int]:
    """Return how the API answers each persona; nobody's deed is there for the next one."""
    found = {}
    for persona in PERSONAS:
        with taken_back():
            found[persona] = call(script_of(world, persona)).status_code
    return found


def page_verdicts(client_for: Any, call: Callable[[Any], Any]) -> dict[str, int]:
    """Return the same of a page, as the API says it: sent to the log-in is 401, and whatever was done 200."""
    found = {}
    for persona in PERSONAS:
        with taken_back():
            browser = client_for(persona)
            found[persona] = _as_api(call(browser))
    return found


def done(found: dict[str, int]) -> dict[str, int]:
    """Return verdicts with one number for whatever was done."""
    return {persona: 200 if status < 300 else status for persona, status in found.items()}


def _as_api(response: Any) -> int:
    to_log_in = response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
    if to_log_in:
        return 401
    return 200 if response.status_code < 400 else response.status_code


def field_names() -> set[str]:
    """Return the name of every field of every model of ours, and some that no request should reach either."""
    models = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models()]
    fields = [field for model in models for field in model._meta.get_fields()]
    names = {field.name for field in fields} | {getattr(field, "attname", field.name) for field in fields}
    return names | NOTORIOUS


def rows_of(*models: Any) -> dict[str, list[dict[str, Any]]]:
    """Return every row of some models as it is now."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
