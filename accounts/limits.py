"""How often somebody may do something (the figures are those of the plan's table of rate limits).

Counted in Redis to the last one also when requests run side by side, and in PostgreSQL while Redis does not answer.
"""

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from accounts.models import Tally
from config import valkey
from config.client import client_ip
from config.errors import DomainError

View = Callable[..., HttpResponse]
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` times in any `seconds`. settings.RATE_LIMIT_FACTOR multiplies the amount of those for people."""

    name: str
    amount: int
    seconds: int

    @property
    def most(self) -> int:
        """The amount on this installation."""
        return self.amount * settings.RATE_LIMIT_FACTOR


API = Limit("api", 200, MINUTE)
API_GUEST = Limit("api-guest", 100, MINUTE)
API_FAILURE = Limit("api-failure", 10, MINUTE)
SEARCH = Limit("search", 30, MINUTE)
# What the palette offers while somebody types: every few letters ask again.
SUGGEST = Limit("suggest", 120, MINUTE)
ISSUE = Limit("issue", 30, MINUTE)
COMMENT = Limit("comment", 60, MINUTE)
CHAT = Limit("chat", 20, 10)
UPLOAD = Limit("upload", 60, HOUR)
PROFILE = Limit("profile", 30, MINUTE)
INVITE = Limit("invite", 20, HOUR)
TEAM_INVITE = Limit("team-invite", 100, DAY)
SOCKET = Limit("socket", 30, MINUTE)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit after it was spent from; `reset` are the seconds until the oldest one counts no more."""

    limit: int
    remaining: int
    reset: int


class TooMany(DomainError):
    """It was done too often; `context["retry_after"]` says in how many seconds it works again."""

    status = 429
    code = "too_many"


def spend(limit: Limit, who: str) -> Left:
    """Count one more for `who` (`person:7`, `ip:192.0.2.1`) and return what is left; raises TooMany instead, without
    counting."""
    try:
        count, oldest = _spend_in_redis(limit, who)
    except RedisError:
        count, oldest = _spend_in_database(limit, who)
    reset = max(1, math.ceil(oldest + limit.seconds - time.time()))
    left = Left(limit.most, max(0, limit.most - count), reset)
    if count > limit.most:
        _refuse(left)
    return left


def give_back(limit: Limit, who: str) -> None:
    """Take back what `who` spent last: it turned out not to count."""
    try:
        valkey.client().zpopmax(_key(limit, who))
    except RedisError:
        newest = Tally.objects.filter(name=f"{limit.name}:{who}", count__gt=0).order_by("-span")[:1]
        Tally.objects.filter(pk__in=newest.values("pk")).update(count=F("count") - 1)


def require_left(limit: Limit, who: str) -> Left | None:
    """Raise TooMany where nothing is left of the limit, without counting; return what is left where Redis says it.

    For what is counted only when it fails: whoever asks first and counts afterwards lets nobody try once more.
    """
    try:
        count = _count_in_redis(limit, who)
    except RedisError:
        count = _count_in_database(limit, who)
    if count < limit.most:
        return None
    return _refuse(Left(limit.most, 0, limit.seconds))


def limited(limit: Limit, *, asking: str = "") -> Callable[[View], View]:
    """Let a view's writes (any method but GET and HEAD) count for their person, or a guest's address; with `asking`
    its reads whose address has this name in its query.

    Beyond the limit the view is not called: TooMany, which a page answers with 429, the sentence and Retry-After.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            counts = request.GET.get(asking) if asking else request.method not in {"GET", "HEAD"}
            if counts:
                spend(limit, who_of(request))
            return view(request, *args, **kwargs)

        return inner

    return decorate


def who_of(request: HttpRequest) -> str:
    """Return whom a request counts for: its person, or the address that a guest comes from."""
    person = request.user
    return f"person:{person.pk}" if person.is_authenticated else f"ip:{client_ip(request)}"


def _refuse(left: Left) -> NoReturn:
    message = _("You did this too often. Try again in %(seconds)s seconds.") % {"seconds": left.reset}
    raise TooMany(message, context={"retry_after": left.reset, "left": left})


# What is refused is not counted. Redis runs a script alone, so that of any number at once exactly the amount gets in.
_SPEND = """
local now, span, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
local count = redis.call('ZCARD', KEYS[1])
if count < most then
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
  redis.call('EXPIRE', KEYS[1], span)
end
return {count + 1, redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or ARGV[1]}
"""
# Takes no connection: the one that is used is named with each call.
_spend_script = Script(Redis(), _SPEND)


def _spend_in_redis(limit: Limit, who: str) -> tuple[int, float]:
    """Return how often it was done within the span, this time included, and when first."""
    told: list[str | float] = [time.time(), limit.seconds, limit.most, secrets.token_hex(8)]
    count, oldest = _spend_script([_key(limit, who)], told, client=valkey.client())
    return int(count), float(oldest)


def _count_in_redis(limit: Limit, who: str) -> int:
    return int(valkey.client().zcount(_key(limit, who), time.time() - limit.seconds, "+inf"))


def _key(limit: Limit, who: str) -> str:
    return valkey.key(f"limit:{limit.name}:{who}")


_TALLY = """
INSERT INTO accounts_tally AS tally (name, span, count, ends_at) VALUES (%s, %s, 1, %s)
ON CONFLICT (name, span) DO UPDATE SET count = tally.count + 1 RETURNING count
"""


def _spend_in_database(limit: Limit, who: str) -> tuple[int, float]:
    """Count in fixed spans; over the edge of two, twice the amount may pass."""
    span = int(time.time() // limit.seconds)
    ends = timezone.now() + timedelta(seconds=limit.seconds)
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [f"{limit.name}:{who}", span, ends])
        return int(cursor.fetchone()[0]), float(span * limit.seconds)


def _count_in_database(limit: Limit, who: str) -> int:
    span = int(time.time() // limit.seconds)
    found = Tally.objects.filter(name=f"{limit.name}:{who}", span=span).values_list("count", flat=True).first()
    return found or 0
