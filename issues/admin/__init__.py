"""The admin of issues, and of the labels and states that issues carry: taking one of these away concerns issues first."""

from issues.admin import issues, labels, states

__all__ = ["issues", "labels", "states"]
