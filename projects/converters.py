"""The parts of addresses that projects share with the apps above them. Importing this module registers them."""

from django.urls import register_converter

from projects.models.projects import KEY_PATTERN


class ProjectKeyConverter:
    """Reads `<key:key>`: a project's key, exactly as it is written."""

    regex = KEY_PATTERN

    def to_python(self, value: str) -> str:
        """Return the key as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return the key as the address writes it."""
        return value


register_converter(ProjectKeyConverter, "key")
