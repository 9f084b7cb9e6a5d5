"""Deleting one's own account."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.forms.leaving import LeavingForm
from accounts.queries.leaving import reasons_to_stay
from accounts.services.leaving import delete_account
from accounts.stepup import stepped_up
from config.errors import DomainError
from config.http import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def account_delete(request: AuthedRequest) -> HttpResponse:
    """Say what happens and what stands in the way; delete the account."""
    person = request.user
    form = LeavingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            delete_account(actor=person, typed_username=form.cleaned_data["username"])
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            return render(request, "accounts/left.html")
    reasons = reasons_to_stay(person) if not form.is_bound else []
    status = 422 if form.is_bound else 200
    return render(request, "accounts/delete.html", {"form": form, "reasons": reasons}, status=status)
