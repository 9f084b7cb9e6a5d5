"""One's own log-ins: where they are, and ending them."""

from datetime import datetime
from typing import Annotated

from django.http import Http404
from ninja import Path
from pydantic import Field

from accounts.access import require_whole
from accounts.enums import Scope
from accounts.queries.sessions import OpenSession, open_sessions
from accounts.services.sessions import end_others, end_session
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done, Out

routes = Operations(tags=["Sessions"])
SessionId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class SessionOut(Out):
    """A log-in that lasts. Personal tokens are none: they have a list of their own."""

    id: int
    device: str = Field(examples=["Firefox on Linux"])
    address: str = Field(description="From where it began; empty where that is not known.", examples=["203.0.113.7"])
    is_this: bool = Field(description="This request came with it.")
    is_script: bool = Field(description="A program began it, by /auth/login.")
    began_at: datetime
    last_seen_at: datetime


class EndedOut(Out):
    """How many log-ins were ended."""

    ended: int


def session_out(session: OpenSession) -> SessionOut:
    """Return a log-in as its person sees it."""
    return SessionOut(
        id=session.pk,
        device=session.device,
        address=session.ip,
        is_this=session.is_this,
        is_script=session.is_script,
        began_at=session.began_at,
        last_seen_at=session.seen_at,
    )


@routes.get("/me/sessions", scope=Scope.ME_READ, answer=list[SessionOut], errors=())
def list_sessions(request: ApiRequest) -> list[SessionOut]:
    """List your log-ins.

    Those that last: the one that you came with first, then the last seen. No token of some projects only sees them.
    """
    require_whole(request.user)
    return [session_out(session) for session in open_sessions(request.user, _key_of(request))]


@routes.delete("/me/sessions", scope=Scope.ME_WRITE, answer=EndedOut, errors=())
def end_other_sessions(request: ApiRequest) -> EndedOut:
    """End all of your log-ins but the one that you came with.

    With a personal token all of them end. Their open pages close within two seconds; personal tokens go on.
    """
    require_whole(request.user)
    return EndedOut(ended=end_others(actor=request.user, session_key=_key_of(request) or ""))


@routes.delete("/me/sessions/{int:pk}", scope=Scope.ME_WRITE, answer=Done, errors=(404,))
def end_own_session(request: ApiRequest, pk: SessionId) -> Done:
    """End one of your log-ins.

    Also the one that you came with. Its open pages close within two seconds.
    """
    require_whole(request.user)
    if not end_session(actor=request.user, session_id=pk):
        raise Http404("no such session")
    return Done()


def _key_of(request: ApiRequest) -> str | None:
    """Return the session that the request came with: an access token's, or the documentation page's own."""
    if request.user.credential is not None:
        return None
    key: str | None = request.user.__dict__.get("session_key")
    return key or request.session.session_key
