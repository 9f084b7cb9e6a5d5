"""Views of the files app."""
