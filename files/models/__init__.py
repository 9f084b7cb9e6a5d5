"""Files and what the storage holds of them."""

from files.models.files import File, Rendition
from files.models.storage import ObjectDeletion

__all__ = ["File", "ObjectDeletion", "Rendition"]
