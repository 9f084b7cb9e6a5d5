"""Schemas of the OpenAPI document for people: their fields as rows, and an example of what they describe."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
DEEPEST = 6
PLAIN: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None, "object": {}}
FORMATS = {
    "date-time": "2026-11-21T09:30:00Z",
    "date": "2026-11-30",
    "uuid": "0b0e6d7c-3a39-4b5f-8a51-5f7f9d1f8a44",
    "email": "ana@mail.example",
    "uri": "https://ci.example.org/plumbline",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a body, or a parameter."""

    name: str
    type: str
    is_required: bool
    words: str
    place: str = ""


class Reader:
    """Reads the schemas of one document."""

    def __init__(self, document: Schema) -> None:
        self.named = document.get("components", {}).get("schemas", {})
        self.answers = document.get("components", {}).get("responses", {})

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema without its reference."""
        reference = schema.get("$ref", "")
        if not reference:
            return schema
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**self.named.get(reference.rpartition("/")[2], {}), **rest}

    def answer(self, told: Schema) -> Schema:
        """Return an answer without its reference."""
        found: Schema = self.answers.get(str(told.get("$ref", "")).rpartition("/")[2], told)
        return found

    def rows(self, schema: Schema, within: str = "", depth: int = 0) -> Iterator[Row]:
        """Yield the fields of an object, those of the objects in it after them: `members[].name`."""
        schema = self.resolved(schema)
        for name, part in schema.get("properties", {}).items():
            whole = f"{within}{name}"
            told = self.resolved(part)
            words = str(part.get("description") or told.get("description") or "")
            yield Row(whole, self.type_of(part), name in schema.get("required", ()), words)
            inner, mark = self._inner(told)
            if inner and depth < DEEPEST:
                yield from self.rows(inner, f"{whole}{mark}.", depth + 1)

    def type_of(self, schema: Schema) -> str:
        """Return what a value is, in a word or two."""
        schema = self.resolved(schema)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return " | ".join(dict.fromkeys(self.type_of(choice) for choice in choices))
        if "const" in schema:
            return repr(schema["const"])
        if "enum" in schema:
            return " | ".join(map(str, schema["enum"]))
        if schema.get("type") == "array":
            return f"{self.type_of(schema.get('items', {}))}[]"
        return str(schema.get("format") or schema.get("type") or "any")

    def example(self, schema: Schema, depth: int = 0) -> Any:
        """Return a value that the schema allows, the author's own example where there is one."""
        schema = self.resolved(schema)
        for name in ("example", "default", "const"):
            if name in schema:
                return schema[name]
        if schema.get("examples"):
            return schema["examples"][0]
        if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            return self.example(choices[0], depth)
        if schema.get("enum"):
            return schema["enum"][0]
        return self._made(schema, depth)

    def _made(self, schema: Schema, depth: int) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return [self.example(schema.get("items", {}), depth + 1)] if depth < DEEPEST else []
        if schema.get("properties"):
            parts = schema["properties"].items()
            return {name: self.example(part, depth + 1) for name, part in parts} if depth < DEEPEST else {}
        if kind == "string":
            return FORMATS.get(str(schema.get("format")), "text")
        if kind == "integer":
            return max(PLAIN["integer"], int(schema.get("minimum", 1)))
        return PLAIN.get(str(kind))

    def _inner(self, schema: Schema) -> tuple[Schema | None, str]:
        """Return the object that a field holds, or each of its items is, and how the names of its fields say so."""
        for choice in schema.get("anyOf") or [schema]:
            told = self.resolved(choice)
            if told.get("properties"):
                return told, ""
            if told.get("type") == "array":
                item, mark = self._inner(self.resolved(told.get("items", {})))
                return item, f"[]{mark}"
        return None, ""
