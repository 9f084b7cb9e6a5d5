"""Two references on the same server: what a page costs that does nothing, and one that does one thing."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

FIFTY_ROWS = """
SELECT issue.number, issue.title, issue.kind, issue.priority, state.name, person.username, issue.updated_at
FROM issues_issue issue
JOIN projects_state state ON state.id = issue.state_id
LEFT JOIN accounts_user person ON person.id = issue.assignee_id
WHERE issue.project_id = (SELECT min(id) FROM projects_project) AND issue.deleted_at IS NULL
ORDER BY issue.updated_at DESC LIMIT 50
"""


@require_safe
@login_not_required
def constant(request: HttpRequest) -> HttpResponse:
    """Answer the same eleven bytes: the cost of server and middleware alone."""
    return HttpResponse(b"hello world", content_type="text/plain")


@require_safe
@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Answer a table of fifty rows from one statement: about the least that a useful page can cost."""
    with connection.cursor() as cursor:
        cursor.execute(FIFTY_ROWS)
        rows = cursor.fetchall()
    return render(request, "bench/page.html", {"rows": rows})
