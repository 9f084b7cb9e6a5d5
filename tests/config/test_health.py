"""What whoever watches the process asks."""

import pytest

from config import health


def test_healthz_touches_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_names_every_part(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok", "redis": "ok", "migrations": "ok"}},
    )


@pytest.mark.django_db
def test_readyz_without_redis_is_503_and_says_no_detail(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "checks": {"database": "ok", "redis": "ConnectionError", "migrations": "ok"},
    }


@pytest.mark.django_db
def test_readyz_with_missing_migrations_is_503(client):
    """A migration that the database does not know of: the row that says it was applied is gone."""
    from django.db.migrations.recorder import MigrationRecorder

    health.migrations_done.cache_clear()
    MigrationRecorder.Migration.objects.filter(app="issues").delete()
    try:
        response = client.get("/readyz")
    finally:
        health.migrations_done.cache_clear()

    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "RuntimeError"
