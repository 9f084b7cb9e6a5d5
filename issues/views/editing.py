"""Changing an issue's fields: one in place, or all of them by the full form."""

from typing import Any, cast

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from config.errors import DomainError
from config.http import fragment_or_redirect, render_fragment
from issues.details import pickable
from issues.forms.editing import CHANGES, Edit, EditForm, initial_of, sent_value, shown_value
from issues.http import open_issue
from issues.models import Issue
from issues.services.editing import EditConflict, edit_issue
from issues.views.issues import issue_answer
from projects.http import MemberRequest, project_page
from projects.permissions import Perm

PICKERS = ("state", "assignee", "priority", "labels", "due", "kind", "estimate")


@project_page("issues")
@require_http_methods(["GET", "HEAD", "POST"])
def issue_edit(request: MemberRequest, key: str, number: int) -> HttpResponse:
    """Change what was sent, or show the form of all fields. A clash is 409 with base, theirs and yours."""
    issue = open_issue(request, key, number, Perm.EDIT_ISSUE)
    if request.method != "POST":
        return _form_page(request, issue, EditForm(None, issue=issue, person=request.user, initial=initial_of(issue)))
    form = EditForm(_decided(request.POST), issue=issue, person=request.user)
    if not form.is_valid():
        return _refused(request, issue, form, DomainError(_first_problem(form), code="invalid"))
    edit = form.edit()
    try:
        changed = edit_issue(
            actor=request.user,
            issue=issue,
            changes=edit.changes,
            version=edit.version,
            add_labels=edit.add_labels,
            remove_labels=edit.remove_labels,
        )
    except EditConflict as conflict:
        return _clash(request, conflict, edit)
    except DomainError as error:
        return _refused(request, issue, form, error)
    return issue_answer(request, changed)


@project_page("issues")
@require_GET
def issue_pick(request: MemberRequest, key: str, number: int, field: str) -> HttpResponse:
    """Return the picker of one property alone, for the quick keys of board and list."""
    if field not in PICKERS:
        raise Http404("no such picker")
    issue = open_issue(request, key, number, Perm.EDIT_ISSUE)
    return render_fragment(request, "issues/pick.html", "menu", {"d": pickable(issue, request.user), "field": field})


def _form_page(request: MemberRequest, issue: Issue, form: EditForm, status: int = 200) -> HttpResponse:
    had = cast(QueryDict, form.data).getlist("had_label") if form.is_bound else issue.label_ids
    return render(request, "issues/edit.html", {"issue": issue, "form": form, "had": had}, status=status)


def _refused(request: MemberRequest, issue: Issue, form: EditForm, error: DomainError) -> HttpResponse:
    """Answer a refusal without losing a word: a script keeps its editor and gets a toast, a plain form comes back."""
    if request.htmx:
        raise error
    if not form.errors:
        form.add_error(None, str(error))
    return _form_page(request, issue, form, error.status)


def _first_problem(form: EditForm) -> str:
    field, problems = next(iter(form.errors.items()))
    name = form.fields[field].label if field in form.fields else ""
    return f"{name}: {problems[0]}" if name else str(problems[0])


def _decided(data: QueryDict) -> QueryDict:
    """Return a form's data after the choices of the conflict view: theirs drops a field, edited takes the new words."""
    decided = data.copy()
    for field in CHANGES:
        choice = data.get(f"choice_{field}")
        if choice == "theirs":
            decided.pop(field, None)
        elif choice == "edited":
            decided[field] = data.get(f"edited_{field}", "")
    return decided


def _clash(request: MemberRequest, conflict: EditConflict, edit: Edit) -> HttpResponse:
    clashing = {clash.field for clash in conflict.clashes}
    context: dict[str, Any] = {
        "issue": conflict.issue,
        "sentence": str(conflict),
        "clashes": conflict.clashes,
        "others": {field: value for field, value in edit.changes.items() if field not in clashing},
        "edit": edit,
        "names": {name: field.label for name, field in EditForm.base_fields.items()},
        "shown_value": shown_value,
        "sent_value": sent_value,
    }
    return fragment_or_redirect(request, "issues/conflict.html", "clash", context, status=409)
