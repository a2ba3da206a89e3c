"""The composition root: what is listed is there, and the application starts safe."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import app as root
from app import create_app
from marketplace.kernel import outbox
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import ROOT, SettingsFault, read_settings
from tests.factories.trusts import an_actor, signed_in


def modules(name: str) -> set[str]:
    """The modules of every floor that define a name at their top."""
    paths = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "billing").rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if any(line.startswith(name) for line in path.read_text().splitlines())
    }


def test_every_module_with_pages_is_listed() -> None:
    assert modules("pages = Blueprint(") == set(root.PAGES)


def test_every_module_of_the_api_is_listed() -> None:
    assert modules("api = Blueprint(") | modules("api = flask_smorest.Blueprint(") == set(root.JSON)


def test_every_module_with_commands_is_listed() -> None:
    assert modules("def add_to(") == set(root.COMMANDS)


def test_every_module_that_subscribes_is_listed() -> None:
    assert modules("def subscribe_all(") == set(root.SUBSCRIBERS)


@pytest.mark.parametrize("name", sorted(root.SUBSCRIBERS))
def test_subscribing_twice_is_the_same_as_once(name: str) -> None:
    import_module(name).subscribe_all()


def test_every_model_is_known_where_migrations_look() -> None:
    look = "import sys, app; app.import_models(); print(*sys.modules)"
    known = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert modules("    __tablename__ = ") <= set(known.stdout.split())


def test_production_does_not_start_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEMO", "SECRET_KEY", "PUBLIC_URL", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsFault, match="SECRET_KEY"):
        create_app()


def test_over_https_the_cookie_is_sent_over_https_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for handlers in ("_inside", "_outside"):  # production's SMTP is not for the tests that come after
        monkeypatch.setattr(outbox, handlers, {})
    production = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite",
        "SECRET_KEY": "k" * 32,
        "PUBLIC_URL": "https://sharewell.example",
        "SMTP_URL": "smtps://mail.example",
    }
    app = create_app(read_settings(production))
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert (app.config["SESSION_COOKIE_HTTPONLY"], app.config["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")
    assert app.config["MAX_CONTENT_LENGTH"] == 1_000_000
    database_of(app).close()


def test_the_page_one_is_on_is_marked_in_the_navigation(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    page = browser.get("/listings").text
    assert page.count('aria-current="page"') + page.count('aria-current="true"') == 1


def test_nobody_signed_in_sees_no_navigation_of_an_account(app: Flask, session: Session) -> None:
    assert "Sign out" not in app.test_client().get("/").text
