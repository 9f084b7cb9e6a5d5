"""The cache's connection to Redis or Valkey: one client for each pool, and the way to commands that no cache has."""

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class _Client(RedisCacheClient):
    """Django makes a new client for each command, which takes longer than the command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client of the server that holds a key. Threads may share it: it takes connections from a pool."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        if pool not in self._clients:
            self._clients[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return self._clients[pool]


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
