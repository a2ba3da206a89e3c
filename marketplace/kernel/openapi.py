"""The JSON side: bodies read strictly, and an OpenAPI document that tells errors, tokens and retries."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import marshmallow as ma
import orjson
from apispec import BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Request
from flask_smorest import Api, Blueprint
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from marketplace.kernel.fields import Choice, Identifier, WholeNumber, YesNo
from marketplace.kernel.idempotency import LONGEST_KEY

PROBLEM = "application/problem+json"
ABOUT = (
    "Money is whole pence, dates are YYYY-MM-DD. Of a key that a JSON object has twice, the last one counts. "
    "A token has scopes: read for a GET, approve to decide about what another did or about who may do what, "
    "money for payments and how invoices are paid, write for the rest. What it lacks is named: 403, "
    "scope-too-small."
)
RETRY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your own name for this command. Sent again with the same body, it has its effect once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}


class Problem(ma.Schema):
    """An RFC 9457 problem document; `errors` holds the sentences of each field at fault."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(keys=ma.fields.String())


class BodyParser(FlaskParser):
    """Reads bodies by orjson: no NaN, no infinity, and deep nesting is an error instead of a full stack."""

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        return orjson.loads(body)


Blueprint.ARGUMENTS_PARSER = BodyParser()  # flask-smorest's place for it; every floor's api uses this class


class Everywhere(BasePlugin):
    """What holds for every route: errors are problem documents, and a POST may carry an Idempotency-Key."""

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        for method, operation in (operations or {}).items():
            operation.setdefault("responses", {}).setdefault("default", "DEFAULT_ERROR")
            if method == "post":
                operation.setdefault("parameters", []).append(RETRY_KEY)


class JsonApi(Api):  # type: ignore[misc]
    """flask-smorest without its error handlers, which would answer pages in JSON too."""

    def __init__(self, app: Flask) -> None:
        documents = MarshmallowPlugin(schema_name_resolver=_name)
        spec = {
            "marshmallow_plugin": documents,
            "extra_plugins": [Everywhere()],
            "info": {"description": ABOUT},
        }
        super().__init__(app, spec_kwargs=spec)
        for kind, name, form in (
            (WholeNumber, "integer", None),
            (YesNo, "boolean", None),
            (Identifier, "string", "uuid"),
            (Choice, "string", None),
        ):
            self.register_field(kind, name, form)
        self.ma_plugin.converter.add_attribute_function(_bounds)
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        self.spec.options["security"] = [{"token": []}]

    def _register_error_handlers(self) -> None:
        """Ours are in kernel/http.py, one for pages and API by path."""

    def _register_responses(self) -> None:
        for name, words in [*((s.name, s.phrase) for s in HTTPStatus), ("DEFAULT_ERROR", "What went wrong")]:
            answer = {"description": words, "content": {PROBLEM: {"schema": Problem}}}
            self.spec.components.response(name, answer, lazy=True)


def _name(schema: type[ma.Schema] | ma.Schema) -> str:
    """A schema's name in the document; a whole, a change and a few keys differ."""
    if isinstance(schema, type):
        return schema.__name__
    some = [*sorted(schema.only or ()), *(f"no_{name}" for name in sorted(schema.exclude))]
    return "_".join([type(schema).__name__, *(["Change"] if schema.partial else []), *some])


def _bounds(self: object, field: ma.fields.Field[Any], **kwargs: Any) -> dict[str, Any]:
    """The values that a choice allows."""
    if not isinstance(field, Choice):
        return {}
    return {"enum": [*(member.value for member in field.labels), *([None] if field.allow_none else [])]}
