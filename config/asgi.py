"""ASGI entry point: one port for pages and sockets.

Pages are handed to the WSGI application in a thread pool: Django's own ASGI handler hops between threads for each
synchronous middleware and serves less than half as many requests (docs/adr/0003-pages-by-wsgi-inside-asgi.md). Sockets
have one address, `/ws/`, and stay in ASGI (docs/adr/0011-one-socket-a-page.md).
"""

import resource
from typing import Any

from a2wsgi import WSGIMiddleware

from config import env
from config.client import unambiguous
from config.wsgi import application as wsgi_application

# After the application is set up, because it needs the models.
from chat.consumers import live_socket  # isort: skip

SOCKETS = "/ws/"
# A page keeps a file open for as long as it is: the usual first limit of 1,024 would be reached by as many pages.
_soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

pages = WSGIMiddleware(wsgi_application, workers=env.number("WEB_THREADS", 4, at_least=1))  # type: ignore[arg-type]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer pages, and the socket of each page; any other socket is refused before it opens."""
    if scope["type"] == "http":

        async def receive_part() -> Any:
            # granian's own receive() is awaitable but no coroutine, which a2wsgi cannot hand to the event loop.
            return await receive()

        told = {**scope, "headers": unambiguous(scope["headers"])}
        await pages(told, receive_part, send)  # type: ignore[arg-type]
    elif scope["type"] == "websocket" and scope["path"] == SOCKETS:
        await live_socket(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
