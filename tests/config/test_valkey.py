"""One client for the cache and for what no cache can do."""

import contextvars
from threading import Thread

from django.core.cache import caches

from config import valkey


def test_cache_and_commands_share_one_client():
    cache = caches["default"]
    cache.set("shared-client", 7)

    assert valkey.client() is valkey.client() is cache._cache.get_client("any", write=False)
    assert valkey.client().get(valkey.key("shared-client")) == b"7"


def test_requests_share_their_connections():
    """Each of a server's requests runs in a context of its own, in whichever thread is free."""
    clients = []

    for _request in range(3):
        thread = Thread(
            target=contextvars.Context().run, args=(lambda: clients.append((caches["default"], valkey.client())),)
        )
        thread.start()
        thread.join()

    assert len({id(cache) for cache, _client in clients}) == 3
    assert {client.connection_pool for _cache, client in clients} == {valkey.client().connection_pool}
