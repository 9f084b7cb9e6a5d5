"""Model admins that write through services and nothing else. Knows no app; each app's admin says what it may reach."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, display
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms.renderers import DjangoTemplates
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from config.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User

# One for all forms, because it keeps the templates that it has read.
ADMIN_WIDGETS = DjangoTemplates()


class ServiceForm(forms.ModelForm):
    """A form whose valid input a service writes. A refusal of the service comes back as an error, the input is kept."""

    # The pages of the product are Jinja2; the admin's widgets exist for Django's own engine only.
    default_renderer = ADMIN_WIDGETS
    person: "User"
    refusal: DomainError | None = None

    def clean(self) -> dict[str, Any]:
        """Return the input with the line ends of Unix, or with what the service said about it a moment ago."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refusal:
            self.show_refusal(self.refusal)
        return {name: _unix(value) for name, value in cleaned.items()}

    def show_refusal(self, refusal: DomainError) -> None:
        """Show the service's sentence above the form."""
        self.add_error(None, str(refusal))

    def validate_unique(self) -> None:
        """Leave it to the services: they look under their locks and answer in a sentence."""

    def validate_constraints(self) -> None:
        """Leave it to the services, as above."""

    def perform(self) -> Model:
        """Call the service with the cleaned input and return what it wrote. Raises DomainError."""
        raise NotImplementedError


class GuardedAdmin(ModelAdmin):
    """Shows, and deletes nothing. What a person may not see does not exist: 404."""

    show_full_result_count = False
    view_on_site = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: actions take things out of use, through services that keep their history."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow in the address what a declared filter puts there, and nothing that could probe other columns."""
        fields = [entry for entry in self.list_filter if isinstance(entry, str)]
        filters = [getattr(entry, "parameter_name", None) for entry in self.list_filter]
        return lookup in {
            *filter(None, filters),
            *(f"{name}__{test}" for name in fields for test in ("exact", "isnull")),
        }

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """There is no history of what never changes."""
        raise Http404("no history")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing beside the event log. Django's own would keep titles visible after a membership has ended."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing, as above."""

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponse:
        raise Http404("no such object, or not for this person")


class ForAdministrators(GuardedAdmin):
    """Shows itself to site administrators only; for everyone else its rows do not exist."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows if self.has_view_permission(request) else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(getattr(request.user, "is_superuser", False))


def name_of(attribute: str, label: Any) -> Callable[..., str]:
    """Return a read-only column with the name of a related row, without the link that not everyone may follow."""

    @display(description=label, ordering=attribute, empty_value="–")
    def named(_admin: Any, obj: Any) -> str:
        related = getattr(obj, attribute)
        return str(related) if related is not None else ""

    return named


class HistoryWords(HistoricalRecordContextHelper):
    """Shows changed values in words: the label of a choice instead of its value, a dash for nothing."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Return the value as a person reads it."""
        if value is None or (isinstance(value, DeletedObject) and value.pk is None):
            return "–"
        field = self.model._meta.get_field(change.field)  # noqa: SLF001 (Django's own interface)
        choices = dict(getattr(field, "flatchoices", ()) or ())
        return choices.get(value, value) if choices else super().prepare_delta_change_value(change, value)


class ServiceAdmin(SimpleHistoryAdmin, GuardedAdmin):
    """Adds and changes through the form's service, in one transaction; shows history, which nobody can revert to."""

    object_history_list_template = "admin/history_list.html"
    add_form: type[ServiceForm] | None = None
    # Inputs that come before the others of the form.
    first_fields: Sequence[str] = ("project",)
    history_hidden: Sequence[str] = ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        """Return the form class of this one request: it knows who asks, and what a service has just refused."""
        if obj is None and self.add_form:
            kwargs["form"] = self.add_form
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.person = request.user
        form.refusal = getattr(request, "refusal", None)
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        form = self.add_form if obj is None and self.add_form else self.form
        rest = [name for name in form.base_fields if name not in self.first_fields]
        first = [name for name in self.first_fields if name in form.base_fields]
        return [*self.get_readonly_fields(request, obj), *first, *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Answer the form; where the service refused, roll back and show the same input with its sentence."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            response = super().changeform_view(request, object_id, form_url, extra_context)
            response.status_code = refusal.status
            return response

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """Let the form's service write, and take over what it wrote."""
        obj.__dict__.update(form.perform().__dict__)

    def save_related(self, *args: Any) -> None:
        """Save nothing: there is nothing beside the service's own writes."""

    def run_each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[["User", Any], object], done: str
    ) -> None:
        """Have the person do something to each row, by id, all or nothing, and tell them how it went."""
        try:
            with transaction.atomic():
                for row in rows.order_by("pk"):
                    act(cast("User", request.user), row)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Leave out the page that would revert to a past state behind the services' back."""
        return [url for url in super().get_urls() if not str(url.name).endswith("_simple_history")]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the history of something that the person may see; 404 otherwise."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404("no such object, or not for this person")
        return cast("HttpResponse", SimpleHistoryAdmin.history_view(self, request, object_id, extra_context))

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> HistoryWords:
        return HistoryWords(self.model, historical_record)

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Iterable[Any],
        foreign_keys_are_objs: bool = True,  # noqa: FBT001, FBT002 (simple-history's signature)
    ) -> None:
        """Give each row what changed since the one before it, without the columns of `history_hidden`."""
        for newer, older in pairwise(historical_records):
            delta = newer.diff_against(
                older, foreign_keys_are_objs=foreign_keys_are_objs, excluded_fields=self.history_hidden
            )
            helper = self.get_historical_record_context_helper(request, newer)
            newer.history_delta_changes = helper.context_for_delta_changes(delta)


def _unix(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
