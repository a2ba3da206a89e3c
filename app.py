"""The composition root: the only file that knows everybody."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import click
from flask import Blueprint, Flask, g, request
from flask_smorest import Blueprint as JsonBlueprint
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.catalogue import trials
from marketplace.kernel import clock, commands, http, jobs, limits, mail, openapi, session, starting, unset
from marketplace.kernel.settings import Settings, SettingsFault, read_settings
from marketplace.membership import departing, gathering
from marketplace.membership.gathering import OneSided
from marketplace.people import services as people
from marketplace.trusts import guard
from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.subjects import Subject

Links = tuple[tuple[str, str], ...]

PAGES = (
    "marketplace.accounts.pages",
    "marketplace.accounts.link_pages",
    "marketplace.accounts.confirming",
    "marketplace.accounts.password_pages",
    "marketplace.accounts.address_pages",
    "marketplace.accounts.token_pages",
    "marketplace.accounts.factor_pages",
    "marketplace.accounts.passkey_pages",
    "marketplace.accounts.single_sign_on_pages",
    "marketplace.accounts.requiring_pages",
    "marketplace.trusts.pages",
    "marketplace.trusts.audit_pages",
    "marketplace.trusts.describing_pages",
    "marketplace.trusts.term_pages",
    "marketplace.trusts.help_pages",
    "marketplace.regulations.pages",
    "marketplace.membership.pages",
    "marketplace.membership.claim_pages",
    "marketplace.membership.invitation_pages",
    "marketplace.membership.operator_pages",
    "marketplace.membership.departing_pages",
    "marketplace.delegation.pages",
    "marketplace.delegation.budget_pages",
    "marketplace.interests.pages",
    "marketplace.interests.upload_pages",
    "marketplace.partnerships.pages",
    "marketplace.catalogue.pages",
    "marketplace.catalogue.plan_pages",
    "marketplace.catalogue.detail_pages",
    "marketplace.catalogue.people_pages",
    "marketplace.catalogue.life_pages",
    "marketplace.catalogue.review_pages",
    "marketplace.scheduling.pages",
    "marketplace.scheduling.waiting_pages",
    "marketplace.scheduling.upload_pages",
    "marketplace.scheduling.feed_pages",
    "marketplace.finding.pages",
    "marketplace.finding.saved_pages",
    "marketplace.ordering.pages",
    "marketplace.ordering.ending_pages",
    "marketplace.ordering.held_pages",
    "marketplace.ordering.use_pages",
    "marketplace.ordering.kept_pages",
    "marketplace.contracts.pages",
    "marketplace.aggregation.pages",
    "marketplace.aggregation.leading",
    "marketplace.aggregation.requesting",
    "marketplace.aggregation.supplying",
    "billing.ledger.pages",
    "billing.documents.pages",
    "billing.collecting.pages",
)
JSON = (
    "marketplace.regulations.api",
    "marketplace.trusts.api",
    "marketplace.trusts.audit_api",
    "marketplace.membership.api",
    "marketplace.delegation.api",
    "marketplace.interests.api",
    "marketplace.partnerships.api",
    "marketplace.catalogue.api",
    "marketplace.catalogue.plan_api",
    "marketplace.scheduling.api",
    "marketplace.catalogue.detail_api",
    "marketplace.finding.api",
    "marketplace.ordering.api",
    "marketplace.ordering.use_api",
    "marketplace.ordering.kept_api",
    "marketplace.contracts.api",
    "marketplace.aggregation.api",
    "billing.ledger.api",
    "billing.documents.api",
    "billing.collecting.api",
)
COMMANDS = (
    "marketplace.kernel.commands",
    "marketplace.people.commands",
    "marketplace.trusts.commands",
    "marketplace.regulations.commands",
    "marketplace.finding.commands",
    "marketplace.aggregation.commands",
    "billing.documents.commands",
)
"""Each has add_to(app)."""
COMMANDS_WITHOUT_SETTINGS = ("marketplace.regulations.commands", "marketplace.aggregation.commands")
"""They touch no database."""
MODELS: tuple[str, ...] = (
    "marketplace.people.factor_models",
    "marketplace.people.kept_forms",
    "marketplace.trusts.partnership_models",
    "marketplace.interests.models",
    "marketplace.catalogue.models",
    "marketplace.scheduling.models",
    "marketplace.contracts.models",
)
"""Floors whose models no page imports yet."""
SUBSCRIBERS: tuple[str, ...] = (
    "marketplace.trusts.subscribers",
    "marketplace.membership.subscribers",
    "marketplace.delegation.subscribers",
    "marketplace.interests.subscribers",
    "marketplace.partnerships.subscribers",
    "marketplace.catalogue.subscribers",
    "marketplace.scheduling.subscribers",
    "marketplace.finding.subscribers",
    "marketplace.contracts.subscribers",
    "marketplace.ordering.subscribers",
    "marketplace.aggregation.subscribers",
    "billing.subscribers",
)
"""Each has subscribe_all(): which events it hears and which jobs it carries out."""
WAITING: tuple[str, ...] = (
    "marketplace.delegation.queries",
    "marketplace.membership.queries",
    "marketplace.interests.queries",
    "marketplace.partnerships.queries",
    "marketplace.catalogue.moderating",
    "marketplace.scheduling.queries",
    "marketplace.ordering.queries",
    "marketplace.aggregation.queries",
    "billing.documents.queries",
)
"""Each has waiting(session, actor): what it shows on the home page."""
LEAVING: tuple[str, ...] = (
    "marketplace.partnerships.leaving",
    "marketplace.catalogue.leaving",
    "marketplace.ordering.leaving",
    "marketplace.contracts.leaving",
    "marketplace.aggregation.leaving",
    "billing.documents.leaving",
)
"""Each has bound(session, organisation_id): what has to end before an organisation can leave."""
ONE_SIDED = {
    "facts": OneSided("seller_id"),
    "waiting_places": OneSided("buyer_id", "created_at", frozenset({"joined_by_id"})),
    "orders": OneSided(
        "buyer_id",
        "placed_at",
        frozenset(
            {
                "cost_centre_id",
                "requested_by_id",
                "written_by_id",
                "submitted_by_id",
                "submitted_at",
                "approval_limit_pence",
                "decided_by_id",
                "decided_at",
            }
        ),
    ),
}
"""What an export does not show to the other side of a row."""
NAVIGATION: Links = (
    ("Find services", "finding.find"),
    ("Your listings", "catalogue.own"),
    ("Orders", "ordering.orders"),
    ("Rounds", "aggregation.rounds"),
    ("Invoices", "documents.invoices"),
    ("Your trust", "trusts.own"),
)
SUPPLIER_NAVIGATION: Links = (
    ("Your price lists", "supplying.price_lists"),
    ("Rounds", "aggregation.rounds"),
    ("Contracts", "contracts.contracts"),
    ("Invoices", "documents.invoices"),
    ("Your organisation", "trusts.own"),
)
OPEN_NAVIGATION: Links = (
    ("Find services", "finding.find"),
    ("Join", "claims.join"),
    ("Sign in", "people.sign_in"),
)
"""For whoever is not signed in."""
NOWHERE_NAVIGATION: Links = (("Find services", "finding.find"), ("Your organisation", "claims.mine"))
"""For whoever acts for no organisation yet."""
SUBJECTS = (
    Subject("organisations", "name", ("trusts.organisation", "organisation_id")),
    Subject("declared_people", "name", ("interests.person", "declared_id"), ("organisation_id",)),
    Subject("interests", through=("declared_person_id", "declared_people")),
    Subject("partnerships", "name", ("partnerships.partnership", "partnership_id")),
    Subject("partnership_memberships", through=("partnership_id", "partnerships")),
    Subject("listings", "title", ("catalogue.listing", "listing_id"), ("seller_id",)),
    Subject("waiting_places", through=("listing_id", "listings")),
    Subject("capacity_rules", through=("listing_id", "listings")),
    Subject("orders", "reference", ("ordering.order", "order_id"), ("buyer_id", "seller_id")),
    Subject("contracts", "reference", ("contracts.contract", "contract_id"), ("buyer_id", "supplier_id")),
    Subject("rounds", "reference", ("aggregation.round_page", "round_id")),
    Subject("commitments", through=("round_id", "rounds")),
    Subject("price_lists", "title"),
    Subject("purchase_requests", "title"),
    Subject("undertakings", "title"),
    Subject("cost_centres", "name"),
    Subject("budgets", through=("cost_centre_id", "cost_centres")),
    Subject("invoices", "number", ("documents.invoice", "invoice_id"), ("buyer_id", "seller_id")),
    Subject("facts", through=("invoice_id", "invoices")),
)
"""How the record of who did what names the rows that acts are about, and which page shows them."""
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
    "COUNT_TRIES": True,
}


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """The application; its settings come from the environment unless they are given."""
    try:
        chosen = settings or read_settings(os.environ)
    except SettingsFault as fault:
        if not unset.is_command_sought():
            raise
        return unset.application(fault, COMMANDS_WITHOUT_SETTINGS)
    app = session.UnitOfWorkFlask("app", static_folder="frontend/dist", static_url_path="/static")
    secure = chosen.public_url.startswith("https://")
    app.config.update(DEFAULTS | {"SECRET_KEY": chosen.secret_key, "SESSION_COOKIE_SECURE": secure} | config)
    app.extensions["settings"] = chosen
    app.extensions["subjects"] = {one.table: one for one in SUBJECTS}
    app.extensions["waiting"] = [import_module(name).waiting for name in WAITING]
    departing.ask_with(import_module(name).bound for name in LEAVING)
    gathering.ONE_SIDED.update(ONE_SIDED)
    app.wsgi_app = ProxyFix(app.wsgi_app, chosen.proxies, chosen.proxies)  # type: ignore[method-assign]
    session.init_app(app, chosen.database_url)
    http.init_app(app)
    mail.init(chosen)
    trials.allow_up_to(chosen.trial_months)
    guard.init_app(app)
    limits.init_app(app)
    app.answer_with = guard.once
    app.context_processor(lambda: _shown_everywhere(app))
    _add_routes(app)
    import_models()
    for name in COMMANDS:
        import_module(name).add_to(app)
    for name in SUBSCRIBERS:
        import_module(name).subscribe_all()
    _add_serve(app, chosen)
    app.extensions["queue"] = jobs.make_queue(chosen)
    jobs.connect(app.extensions["queue"], session.database_of(app).writing, chosen.job_lease_seconds)
    guard.check_decisions(app)
    return app


def import_models() -> None:
    """Put every model into the metadata."""
    for name in (*MODELS, *PAGES, *SUBSCRIBERS):
        import_module(name)


def _add_serve(app: Flask, settings: Settings) -> None:
    @app.cli.command("serve")
    def serve() -> None:
        """Migrate, load the demonstration town into a new database, serve, and carry out jobs."""
        with starting.stopped_by_signals():
            starting.check_port(settings)
            commands.migrate(settings)
            if settings.demo:
                with session.command_session(app) as writing:
                    _load_demonstration(writing)
            commands.serve(app)


def _load_demonstration(writing: Session) -> None:
    import demo

    if demo.holds_others(writing):
        raise click.ClickException("DEMO=1 refuses a production database: this one holds real people.")
    if demo.is_new(writing):
        demo.load(writing)
    click.echo("Sign in as one of the demonstration's people:")
    for person in people.demonstration_people(writing):
        click.echo(f"  {person.name}: {person.demonstration_part}")


def _add_routes(app: Flask) -> None:
    """Pages with CSRF protection; JSON without, since only a bearer token opens it."""
    protection = CSRFProtect(app)
    api = openapi.JsonApi(app)
    for name in PAGES:
        pages: Blueprint = import_module(name).pages
        app.register_blueprint(pages)
    for name in JSON:
        routes: JsonBlueprint = import_module(name).api
        api.register_blueprint(routes, url_prefix=http.API)
        protection.exempt(routes)


def _shown_everywhere(app: Flask) -> dict[str, Any]:
    """What every page's frame shows."""
    settings: Settings = app.extensions["settings"]
    return {
        "contact": settings.contact,
        "demonstration": settings.demo,
        "navigation": _navigation(app),
        "today": clock.today(),
    }


def _navigation(app: Flask) -> list[dict[str, Any]]:
    """The pages of whoever is here; the one they are on is marked."""
    actor, here = g.get("actor"), request.endpoint or ""
    pages = OPEN_NAVIGATION
    if actor is not None:
        pages = SUPPLIER_NAVIGATION if actor.kind is OrganisationKind.SUPPLIER else NAVIGATION
    elif "person" in g:
        pages = NOWHERE_NAVIGATION
    if g.get("is_operator"):
        pages = (*pages, ("Operator", "operator.claims"))
    return [
        {"text": text, "href": app.url_for(endpoint), "active": endpoint == here} for text, endpoint in pages
    ]
