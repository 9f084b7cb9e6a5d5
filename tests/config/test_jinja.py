"""Our filters."""

import pytest

from config.jinja import filesize

KB, MB, GB = 1024, 1024**2, 1024**3


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (KB, "1 KB"),
        (9523, "9.3 KB"),
        (1280, "1.3 KB"),
        (MB - 1, "1024 KB"),
        (25 * MB, "25 MB"),
        (2 * GB, "2 GB"),
        (5 * 1024 * GB, "5 TB"),
        (5000 * 1024 * GB, "5000 TB"),
    ],
)
def test_a_size_is_said_in_steps_of_1024_without_a_needless_zero(size, words):
    assert filesize(size) == words.replace(" ", "\xa0")
