"""A person's tokens for scripts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.tokens import TokenForm
from accounts.hooks import lent
from accounts.queries.tokens import get_token_or_404, tokens_of
from accounts.services.tokens import MOST, create_token, revoke_token
from accounts.stepup import stepped_up
from config.errors import DomainError
from config.http import AuthedRequest


@require_safe
def token_list(request: AuthedRequest) -> HttpResponse:
    """List the tokens: what each may do, when it ends, when and from where it was last used."""
    return render(request, "tokens/list.html", {"tokens": tokens_of(request.user), "most": MOST})


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def token_new(request: AuthedRequest) -> HttpResponse:
    """Make a token, for who has just said once more who they are. Its secret is in this answer and nowhere else."""
    person = request.user
    form = TokenForm(person, lent.projects_seen(person), request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            token, secret = create_token(actor=person, **form.wanted())
            return render(request, "tokens/made.html", {"token": token, "secret": secret})
        except DomainError as error:
            form.add_error(None, str(error))
    return render(request, "tokens/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def token_revoke(request: AuthedRequest, token_id: int) -> HttpResponse:
    """End a token for good."""
    token = get_token_or_404(request.user, token_id)
    revoke_token(actor=request.user, token=token)
    messages.success(request, _("“%s” is revoked. Nothing gets in with it any more.") % token.name)
    return redirect("accounts:token-list")
