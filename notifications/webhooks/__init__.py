"""Webhooks: telling addresses of other people's, signed, at least once, and without being led into our own network."""
