"""The composition root: the only file that knows everybody."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from flask import Blueprint, Flask, g, request
from flask_smorest import Blueprint as JsonBlueprint
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.kernel import commands, http, jobs, limits, mail, session
from marketplace.kernel.settings import Settings, read_settings
from marketplace.trusts import guard

PAGES = (
    "marketplace.trusts.signing_in",
    "marketplace.trusts.pages",
)
JSON = ("marketplace.trusts.api",)
COMMANDS = ("marketplace.kernel.commands", "marketplace.people.commands", "marketplace.aggregation.commands")
"""Each has add_to(app)."""
MODELS: tuple[str, ...] = ("marketplace.catalogue.models", "marketplace.contracts.models")
"""Floors whose models no page imports yet."""
SUBSCRIBERS: tuple[str, ...] = ()
"""Each has subscribe_all(): which events it hears and which jobs it carries out."""
NAVIGATION = (
    ("Find services", "catalogue.find"),
    ("Your listings", "catalogue.own"),
    ("Orders", "ordering.orders"),
    ("Pooled rounds", "aggregation.rounds"),
    ("Invoices", "documents.invoices"),
    ("Your trust", "trusts.own"),
)
LARGEST_BODY = 1_000_000
DEFAULTS = {
    "API_TITLE": "Sharewell",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "MAX_CONTENT_LENGTH": LARGEST_BODY,
    "MAX_FORM_MEMORY_SIZE": LARGEST_BODY // 2,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
    "WTF_CSRF_TIME_LIMIT": None,
}


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """The application; its settings come from the environment unless they are given."""
    chosen = settings or read_settings(os.environ)
    app = session.UnitOfWorkFlask("app", static_folder="frontend/dist", static_url_path="/static")
    app.config.update(DEFAULTS, SECRET_KEY=chosen.secret_key, **config)
    app.config.setdefault("SESSION_COOKIE_SECURE", chosen.public_url.startswith("https://"))
    app.extensions["settings"] = chosen
    app.wsgi_app = ProxyFix(app.wsgi_app, chosen.proxies, chosen.proxies)  # type: ignore[method-assign]
    session.init_app(app, chosen.database_url)
    http.init_app(app)
    mail.init(chosen)
    guard.init_app(app)
    limits.limiter.init_app(app)
    app.answer_with = guard.once
    app.context_processor(lambda: {"demonstration": chosen.demo, "navigation": _navigation(app)})
    _add_routes(app)
    for name in MODELS:
        import_module(name)
    for name in COMMANDS:
        import_module(name).add_to(app)
    for name in SUBSCRIBERS:
        import_module(name).subscribe_all()
    _add_serve(app, chosen)
    app.extensions["queue"] = jobs.make_queue(chosen)
    jobs.connect(app.extensions["queue"], session.database_of(app).writing, chosen.job_lease_seconds)
    guard.check_decisions(app)
    return app


def _add_serve(app: Flask, settings: Settings) -> None:
    @app.cli.command("serve")
    def serve() -> None:
        """Migrate, load the demonstration town into a new database, serve, and carry out jobs."""
        commands.migrate(settings)
        commands.serve(app)


def _add_routes(app: Flask) -> None:
    """Pages with CSRF protection; JSON without, since only a bearer token opens it."""
    protection = CSRFProtect(app)
    api = http.JsonApi(app)
    http.describe_token(api)
    for name in PAGES:
        pages: Blueprint = import_module(name).pages
        app.register_blueprint(pages)
    for name in JSON:
        routes: JsonBlueprint = import_module(name).api
        api.register_blueprint(routes, url_prefix=http.API)
        protection.exempt(routes)


def _navigation(app: Flask) -> list[dict[str, Any]]:
    """The pages of whoever is signed in; the one they are on is marked."""
    if "actor" not in g:
        return []
    here = request.endpoint or ""
    return [
        {"text": text, "href": app.url_for(endpoint), "active": endpoint == here}
        for text, endpoint in NAVIGATION
        if endpoint in app.view_functions
    ]
