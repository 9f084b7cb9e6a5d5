"""The admin of issues, and of their labels and states: taking one of these away concerns issues first."""

from issues.admin import issues, labels, states

__all__ = ["issues", "labels", "states"]
