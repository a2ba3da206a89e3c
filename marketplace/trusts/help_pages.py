"""Pages for everybody: help, accessibility, privacy and terms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import public

pages = Blueprint("help", __name__)


@pages.get("/help")
@public
def guide() -> ResponseReturnValue:
    """How to sell, buy and join a round, and what each role may do."""
    return render_template("help/guide.html")


@pages.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    """How far these pages can be used by everybody, and how that was found out."""
    return render_template("help/accessibility.html")


@pages.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """What is kept about people, and why."""
    return render_template("help/privacy.html")


@pages.get("/terms")
@public
def terms() -> ResponseReturnValue:
    """What may be expected of Sharewell and of those who use it."""
    return render_template("help/terms.html")
