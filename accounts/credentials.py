"""What a request came with, where that is less than its person: a token's scopes and projects."""

from dataclasses import dataclass

from accounts.enums import Scope

EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Credential:
    """The limits of a token. It stands on the person (`User.credential`), so that every access function meets it.

    `projects` are the ids of the only projects that it reaches; None is all of the person's. `label` names it in logs.
    """

    scopes: frozenset[Scope] = EVERY_SCOPE
    projects: frozenset[int] | None = None
    label: str = ""

    def allows(self, scope: Scope) -> bool:
        """Say whether it may be used for this; a scope to change includes the one to read."""
        return scope in self.scopes or scope.replace(":read", ":write") in self.scopes

    def covers(self, project_id: int) -> bool:
        """Say whether it reaches the project."""
        return self.projects is None or project_id in self.projects
