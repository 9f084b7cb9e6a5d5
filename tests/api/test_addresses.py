"""The addresses of the API."""

from collections import Counter

from config.api.site import api


def test_no_address_is_known_to_two_routers():
    # Django asks the first of them only, so that the methods of the other would be 405.
    known = Counter(path for _prefix, router in api._routers for path in router.path_operations)

    assert [path for path, count in known.items() if count > 1] == []
