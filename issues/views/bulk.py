"""Changing many issues of a list at once, all or nothing."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from config.http import fragment_or_redirect, safe_next
from issues.forms.bulk import BulkForm
from issues.services.bulk import BulkRefused, change_issues
from projects.http import MemberRequest, open_project, project_page
from projects.models import Project
from projects.permissions import Perm


@require_POST
@project_page("issues")
def bulk(request: MemberRequest, key: str) -> HttpResponse:
    """Change the ticked issues. Where a guard refuses one, none is changed and the answer lists every refusal (422)."""
    project = open_project(request, key, Perm.EDIT_ISSUE)
    form = BulkForm(request.POST, project=project, person=request.user)
    if not form.is_valid() or not form.changes():
        raise form.refusal()
    try:
        changed = change_issues(
            actor=request.user,
            project=project,
            numbers=form.numbers(),
            changes=form.changes(),
            resolution=form.note(),
        )
    except BulkRefused as refused:
        return _refused(request, project, form, refused)
    words = ngettext("%(count)d issue changed.", "%(count)d issues changed.", len(changed)) % {"count": len(changed)}
    return _done(request, project, words if changed else _("Nothing to change: they were like that already."))


def _done(request: MemberRequest, project: Project, words: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, words)
        return redirect(safe_next(request, f"/{project.key}/issues/"))
    response = HttpResponse(status=204)
    told = {"toast": {"kind": "ok", "title": words}, "issues-changed": {"project": project.key}}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def _refused(request: MemberRequest, project: Project, form: BulkForm, refused: BulkRefused) -> HttpResponse:
    in_the_way = {refusal.issue.number for refusal in refused.refusals}
    context = {
        "project": project,
        "refused": refused,
        "numbers": form.numbers(),
        "rest": [number for number in form.numbers() if number not in in_the_way],
        "sent": {name: form.data[name] for name in form.fields if name != "resolution"},
        "asks_note": any(refusal.fix == "resolution" for refusal in refused.refusals),
        "note": form.note(),
        "next": safe_next(request, f"/{project.key}/issues/"),
    }
    response = fragment_or_redirect(request, "issues/bulk.html", "dialog", context, status=refused.status)
    response.headers["HX-Retarget"] = "#dialogs"
    response.headers["HX-Reswap"] = "innerHTML"
    return response
