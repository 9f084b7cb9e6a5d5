"""One client for the cache and for what no cache can do."""

from django.core.cache import caches

from config import valkey


def test_cache_and_commands_share_one_client():
    cache = caches["default"]
    cache.set("shared-client", 7)

    assert valkey.client() is valkey.client() is cache._cache.get_client("any", write=False)
    assert valkey.client().get(valkey.key("shared-client")) == b"7"
