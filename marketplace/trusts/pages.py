"""The start page, and an organisation's own pages."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from marketplace.trusts.guard import public

pages = Blueprint("trusts", __name__)


@pages.get("/")
@public
def start() -> ResponseReturnValue:
    """What Sharewell is, or what waits for whoever is signed in."""
    return render_template("trusts/home.html" if g.get("actor") else "trusts/start.html")


@pages.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """For a load balancer: the process answers."""
    return {"status": "ok"}
