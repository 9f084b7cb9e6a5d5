"""The addresses of the site as Django resolves them, beside what tests/surface.toml declares."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post")


@dataclass(frozen=True)
class Declared:
    """One address in surface.toml."""

    name: str
    kind: str
    get: str = ""
    post: str = ""
    guest: bool = False
    writes: bool = True
    only: str = ""
    json: bool = False
    ok: tuple[int, ...] = ()
    body: dict[str, str] = field(default_factory=dict)

    def needs(self, method: str) -> str:
        """Return what a method needs; empty where it is not allowed."""
        return {"get": self.get, "post": self.post}[method]

    @property
    def is_scoped(self) -> bool:
        """Say whether a project decides."""
        return self.kind.startswith("scoped:")


def declared() -> dict[str, Declared]:
    """Return what surface.toml declares for the present environment, by the name of the address."""
    rows: dict[str, Any] = tomllib.loads(Path(__file__).with_name("surface.toml").read_text())
    found = {name: Declared(name, **{**row, "ok": tuple(row.get("ok", ()))}) for name, row in rows.items()}
    return {name: entry for name, entry in found.items() if entry.only in {"", settings.ENVIRONMENT}}


def routes(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address with its full name; one without a name is called by its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from routes(pattern, inner)
        else:
            yield ":".join(filter(None, [namespace, pattern.name or str(pattern.pattern)])), pattern


def declaration_of(name: str, entries: dict[str, Declared]) -> Declared | None:
    """Return the entry of an address, or that of its namespace (`admin:*`)."""
    return entries.get(name) or entries.get(f"{name.partition(':')[0]}:*")
