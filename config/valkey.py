"""The cache's connection to Redis or Valkey: one client for each pool, and the way to commands that no cache has."""

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

# Of this process, by server and options. Django keeps them with the cache, and makes a cache for each request that a
# server of ASGI hands on, so that each connected anew: half of what a request of the API took.
_pools: dict[str, dict[int, Any]] = {}
_clients: dict[Any, Any] = {}


class _Client(RedisCacheClient):
    """Django's way to Redis, with connections and a client that outlive the request. A fork begins with its own."""

    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        self._pools = _pools.setdefault(repr((servers, sorted(options.items()))), {})

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client of the server that holds a key. Threads may share it: it takes connections from a pool."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        if pool not in _clients:
            _clients[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return _clients[pool]


class Cache(RedisCache):
    """Django's cache in Redis."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client


def client() -> Any:
    """Return the client of the default cache, for commands on keys that `key` has named."""
    return caches["default"]._cache.get_client(write=True)  # type: ignore[attr-defined]  # noqa: SLF001 (there is no public way)


def key(name: str) -> str:
    """Return the name that something of this installation has in Redis."""
    return caches["default"].make_key(name)
