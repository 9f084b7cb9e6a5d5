"""Files and what the storage is still to be told, for site administrators."""

from files.admin import deletions, files

__all__ = ["deletions", "files"]
