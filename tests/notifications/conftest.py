"""People with open pages, for the tests of sockets."""

from tests.sockets import crowd, live_site

__all__ = ["crowd", "live_site"]
