"""When tokens were used, and from where: noted in Redis by the request, written to the database in the background.

A read must not write, and a request is not to wait for the writing of what nobody asks about within a minute. While
Redis does not answer, uses are not noted.
"""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.cache import caches
from redis.exceptions import RedisError

NAME = "token-uses"
SELDOM = 60.0
KEPT_AT_MOST = 4096


class Use(NamedTuple):
    """A token came from an address at this time."""

    token_id: int
    ip: str
    at: datetime


# What this process has noted within the last minute.
_noted: dict[tuple[str, int, str], float] = {}


def note(token_id: int, ip: str) -> None:
    """Note a use; at most once a minute for a token and an address in each process."""
    client, key = _in_redis()
    mine, now = (key, token_id, ip), time.monotonic()
    if now - _noted.get(mine, -SELDOM) < SELDOM:
        return
    if len(_noted) >= KEPT_AT_MOST:
        _noted.clear()
    _noted[mine] = now
    try:
        client.hset(key, f"{token_id} {ip}", int(time.time()))
    except RedisError:
        return


def noted() -> list[Use]:
    """Return what was noted and not forgotten, oldest first; nothing while Redis does not answer."""
    client, key = _in_redis()
    try:
        found = client.hgetall(key)
    except RedisError:
        return []
    uses = []
    for name, at in found.items():
        token_id, _space, ip = name.decode().partition(" ")
        uses.append(Use(int(token_id), ip, datetime.fromtimestamp(int(at), tz=UTC)))
    return sorted(uses, key=lambda use: use.at)


def forget(uses: Collection[Use]) -> None:
    """Forget what was written."""
    client, key = _in_redis()
    if uses:
        client.hdel(key, *(f"{use.token_id} {use.ip}" for use in uses))


def _in_redis() -> tuple[Any, str]:
    cache = caches["default"]
    return cache._cache.get_client(write=True), cache.make_key(NAME)  # type: ignore[attr-defined]  # noqa: SLF001 (the pool that is there)
