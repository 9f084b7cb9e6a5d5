"""Which pages may open a socket: the site's own, with scheme and port, and no other."""

import pytest

from config.origins import allowed_origins, is_own_page


@pytest.mark.parametrize(
    ("site", "production", "expected"),
    [
        ("https://tracker.example", True, {"https://tracker.example"}),
        ("https://tracker.example:443/", True, {"https://tracker.example"}),
        ("https://tracker.example:8443", True, {"https://tracker.example:8443"}),
        ("http://tracker.example:80", True, {"http://tracker.example"}),
        ("http://127.0.0.1:8000", True, {"http://127.0.0.1:8000"}),
        ("http://127.0.0.1:8000", False, {"http://127.0.0.1:8000", "http://localhost:8000"}),
        ("http://tracker.example", False, {"http://tracker.example"}),
    ],
)
def test_allowed_origins(settings, site, production, expected):
    settings.SITE_URL, settings.PRODUCTION = site, production

    assert allowed_origins() == expected


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ([b"https://tracker.example"], True),
        ([], False),
        ([b"null"], False),
        ([b""], False),
        ([b"http://tracker.example"], False),
        ([b"https://tracker.example:8443"], False),
        ([b"https://tracker.example."], False),
        ([b"https://tracker.example/"], False),
        ([b"https://tracker.example.evil.example"], False),
        ([b"https://eviltracker.example"], False),
        ([b"https://evil.example"], False),
        ([b"https://tracker.example", b"https://evil.example"], False),
        ([b"https://tracker.example", b"https://tracker.example"], False),
    ],
)
def test_own_page(settings, origins, expected):
    settings.SITE_URL, settings.PRODUCTION = "https://tracker.example", True
    headers = [(b"host", b"tracker.example"), *((b"Origin", origin) for origin in origins)]

    assert is_own_page(headers) is expected
