"""One's own tokens. They are made in the pages only: a token cannot make tokens."""

from datetime import datetime

from accounts.enums import Scope
from accounts.queries.tokens import ShownToken, get_token_or_404, tokens_of
from accounts.services.tokens import revoke_token
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done, Out

routes = Operations(tags=["Tokens"])


class TokenOut(Out):
    """A token of one's own, by which it can be told from others, never used. `projects` are keys; null is all."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    projects: list[str] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str | None


def token_out(shown: ShownToken) -> TokenOut:
    """Return a token as its person sees it."""
    token = shown.token
    return TokenOut(
        id=token.pk,
        name=token.name,
        prefix=token.prefix,
        scopes=[scope.value for scope in shown.scopes],
        projects=None if shown.projects is None else [project.key for project in shown.projects],
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        last_used_ip=token.last_used_ip,
    )


@routes.get("/me/tokens", scope=Scope.ME_READ, answer=list[TokenOut], errors=())
def list_tokens(request: ApiRequest) -> list[TokenOut]:
    """List your tokens.

    Those that were not revoked, newest first. Their secrets are kept nowhere; make tokens on your page of tokens. A
    token of some projects only sees itself.
    """
    return [token_out(shown) for shown in tokens_of(request.user)]


@routes.delete("/me/tokens/{int:token_id}", scope=Scope.ME_WRITE, answer=Done, errors=(404,))
def revoke_own_token(request: ApiRequest, token_id: int) -> Done:
    """Revoke one of your tokens.

    It ends at once and for good, also the one that you came with. A token of some projects only revokes itself.
    """
    revoke_token(actor=request.user, token=get_token_or_404(request.user, token_id))
    return Done()
