"""When tokens were used, and from where: noted in Redis by the request, written to the database in the background.

A read must not write, and a request is not to wait for the writing of what nobody asks about within a minute. While
Redis does not answer, uses are not noted.
"""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from redis.exceptions import RedisError

from config import valkey

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
    key = valkey.key(NAME)
    mine, now = (key, token_id, ip), time.monotonic()
    if now - _noted.get(mine, -SELDOM) < SELDOM:
        return
    if len(_noted) >= KEPT_AT_MOST:
        _noted.clear()
    _noted[mine] = now
    try:
        valkey.client().hset(key, f"{token_id} {ip}", int(time.time()))
    except RedisError:
        return


def noted() -> list[Use]:
    """Return what was noted and not forgotten, oldest first; nothing while Redis does not answer."""
    try:
        found = valkey.client().hgetall(valkey.key(NAME))
    except RedisError:
        return []
    uses = []
    for name, at in found.items():
        token_id, _space, ip = name.decode().partition(" ")
        uses.append(Use(int(token_id), ip, datetime.fromtimestamp(int(at), tz=UTC)))
    return sorted(uses, key=lambda use: use.at)


def forget(uses: Collection[Use]) -> None:
    """Forget what was written."""
    if uses:
        valkey.client().hdel(valkey.key(NAME), *(f"{use.token_id} {use.ip}" for use in uses))
