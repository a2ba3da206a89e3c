"""What every page and every JSON answer share: errors, headers, words for money and dates."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import MutableMapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

import marshmallow as ma
import orjson
import sqlalchemy as sa
from babel.dates import format_date, format_datetime
from flask import Flask, Response, g, jsonify, render_template, request
from flask.json.provider import JSONProvider
from flask.templating import Environment
from flask_wtf.csrf import CSRFError
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException, InternalServerError

from marketplace.kernel import clock, database, money
from marketplace.kernel.errors import DomainError, Refused

log = logging.getLogger(__name__)

LOCALE = "en_GB"
API = "/api"
SENTENCES = {
    400: "We could not understand what was sent. Go back and try again.",
    404: "We cannot find what you asked for.",
    405: "This address does not do that.",
    413: "That is too much to send at once. Send less, or a smaller file.",
    415: "Send JSON, with Content-Type: application/json.",
    422: "Some of what was sent cannot be used. Correct it and send it again.",
    500: "Something went wrong with Sharewell. Nothing was saved. Try again in a few minutes.",
}
BUSY = "Sharewell is busy. Nothing was saved. Try again in a minute."
AWAY = "Sharewell cannot reach its database. Nothing was saved. Try again in a few minutes."
RETRY_SECONDS = 60


class OrjsonProvider(JSONProvider):
    """JSON by orjson: fast, and it refuses what is nested too deep instead of exhausting the stack."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = self.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


class SharedGlobals(Environment):
    """Templates share one plain map of globals: Jinja compares it, key by key, at each import of a macro."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Errors, headers, template filters and the templates of GOV.UK Frontend."""
    app.json = OrjsonProvider(app)
    app.jinja_environment = SharedGlobals
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, http_error)
    for kind in (sa.exc.DBAPIError, sa.exc.TimeoutError):
        app.register_error_handler(kind, _database_error)
    app.before_request(_make_nonce)
    app.after_request(_set_headers)
    app.context_processor(lambda: {"csp_nonce": g.get("csp_nonce", "")})
    app.jinja_env.filters.update(
        pounds=money.pounds, day=day, instant=instant, number=lambda number: f"{number:,}"
    )
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([app.jinja_loader, govuk]) if app.jinja_loader else govuk


def day(on: date) -> str:
    """1 April 2027."""
    return format_date(on, "d MMMM y", locale=LOCALE)


def instant(at: datetime) -> str:
    """1 April 2027, 3:05pm, in London."""
    text = format_datetime(at, "d MMMM y, h:mma", tzinfo=clock.LONDON, locale=LOCALE)
    return text.replace("AM", "am").replace("PM", "pm")


def after() -> uuid.UUID | None:
    """Where the page asked for begins, from ?after=."""
    given = request.args.get("after", "")
    if not given:
        return None
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise Refused("Follow the link to the next page again.", field="after") from error


def is_api() -> bool:
    """Whether this request is a program's."""
    return request.path == API or request.path.startswith(f"{API}/")


def problem(status: int, code: str, sentence: str, errors: Any = None) -> Response:
    """An RFC 9457 problem document."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": sentence,
    }
    if errors:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _answer(status: int, code: str, sentence: str, errors: Any = None) -> Response:
    if is_api():
        return problem(status, code, sentence, errors)
    return Response(render_template("problem.html", status=status, sentence=sentence), status)


def _domain_error(error: DomainError) -> Response:
    return _answer(error.status, error.code, error.sentence, error.fields)


def _database_error(error: Exception) -> Response:
    """503 for what passes; everything else is a fault of ours and stays one."""
    busy = database.is_busy(error)
    if not busy and not database.is_away(error):
        raise error
    log.error("the database is %s: %s", "busy" if busy else "away", database.first_line(error))
    response = _answer(503, "unavailable", BUSY if busy else AWAY)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def http_error(error: HTTPException) -> Response:
    """A page or a problem document for what Flask and its extensions refuse."""
    if isinstance(error, InternalServerError):
        log.error("unhandled", exc_info=error.original_exception)
    status = error.code or 500
    if error.response is not None:  # a redirect raised as an exception
        return Response(b"", status, error.response.headers)
    if isinstance(error, CSRFError):
        sentence = "Your session has ended or the page is too old. Go back, reload the page and try again."
    else:
        sentence = SENTENCES.get(status, error.description or HTTPStatus(status).phrase)
    code = error.name.lower().replace(" ", "-")
    response = _answer(status, code, sentence, _field_errors(error))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value  # Allow on 405, Retry-After on 429
    return response


def _field_errors(error: HTTPException) -> Any:
    """What webargs found, without the place (json, query) that it wraps it in."""
    cause = getattr(error, "exc", None)
    if not isinstance(cause, ma.ValidationError):
        return None
    messages = getattr(error, "data", {}).get("messages", {})
    return {field: found for place in messages.values() for field, found in dict(place).items()}


def _make_nonce() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)


def _set_headers(response: Response) -> Response:
    policy = (
        f"default-src 'self'; script-src 'self' 'nonce-{g.get('csp_nonce', '')}'; style-src 'self'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store" if "person" in g or "awaiting" in g else "no-cache"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
