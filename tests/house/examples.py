"""A body for a call of the API, made from what its document says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from marketplace.kernel import clock

Document = dict[str, Any]


def body_for(document: Document, path: str, method: str) -> dict[str, Any]:
    """The least that the operation takes; empty when it takes nothing."""
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return dict(example(document, content["schema"])) if content else {}


def example(document: Document, schema: Document) -> Any:
    """A value of the shape that a schema asks for."""
    if "$ref" in schema:
        return example(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        known, required = schema.get("properties", {}), schema.get("required", ())
        return {name: example(document, known[name]) for name in required}
    return PLAIN[kind](document, schema)


def _text(document: Document, schema: Document) -> str:
    if schema.get("format") == "date":
        return (clock.today() + timedelta(days=40)).isoformat()
    if schema.get("format") == "uuid":
        return "00000000-0000-7000-8000-000000000000"
    return "x" * max(int(schema.get("minLength", 1)), 1)


def _list(document: Document, schema: Document) -> list[Any]:
    return [example(document, schema["items"])] * int(schema.get("minItems", 0))


PLAIN: dict[str, Callable[[Document, Document], Any]] = {
    "string": _text,
    "integer": lambda document, schema: max(int(schema.get("minimum", 1)), 1),
    "number": lambda document, schema: schema.get("minimum", 1),
    "boolean": lambda document, schema: True,
    "array": _list,
    "null": lambda document, schema: None,
}
