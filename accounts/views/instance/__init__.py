"""Pages for site administrators; for everyone else they do not exist."""
