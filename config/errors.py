"""Errors that a person reads. A service raises them, one middleware turns them into an answer."""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule said no. `str(error)` is the whole sentence that the person reads: what, why, and what to do."""

    status = 422
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, context: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.context: Mapping[str, Any] = context or {}


class PermissionRefused(DomainError):
    """The person may see the thing but not do this with it; the sentence names the rule and who can grant it."""

    status = 403
    code = "permission"


class Conflict(DomainError):
    """Someone was faster: the write was based on a state that is no longer the current one."""

    status = 409
    code = "conflict"
