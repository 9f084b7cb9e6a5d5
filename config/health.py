"""Two addresses for whoever watches the process: is it up, and may it get traffic."""

from collections.abc import Callable
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache as redis_cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


def check_database() -> None:
    """Raise where PostgreSQL does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_redis() -> None:
    """Raise where Redis or Valkey does not answer within its socket timeout (1 s)."""
    redis_cache.get("readyz")


@cache
def migrations_done() -> bool:
    """Say whether every migration of this code is applied; once true, true for the life of the process."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError("migrations are missing; run manage.py migrate")
    return True


def check_migrations() -> None:
    """Raise where the database is older than the code."""
    migrations_done()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "redis": check_redis,
    "migrations": check_migrations,
}


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Say for each part whether it works; 503 where one does not, with its kind of error and no detail."""
    found: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = "ok"
        except Exception as error:  # noqa: BLE001 (whatever is wrong, the answer is "not ready")
            found[name] = type(error).__name__
    ready = all(state == "ok" for state in found.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": found}, status=200 if ready else 503)
