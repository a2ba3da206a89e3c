"""An administrator asks everybody at their organisation for a second proof."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.decisions import fresh
from marketplace.kernel.session import current_session
from marketplace.trusts import second_proofs
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("requiring", __name__)


@pages.get("/trust/second-proofs")
@fresh
@roles(Role.ADMINISTRATOR)
def second_proof_rule() -> ResponseReturnValue:
    """Whether it is asked for, and who has none yet."""
    standing = second_proofs.standing(current_session(), current_actor())
    return render_template("accounts/second_proof_rule.html", standing=standing)


@pages.post("/trust/second-proofs")
@fresh
@roles(Role.ADMINISTRATOR)
def ask_everybody() -> ResponseReturnValue:
    """Ask for it from now on."""
    second_proofs.ask_everybody(current_session(), current_actor())
    flash("Everybody is now asked for a second proof")
    return redirect(url_for("requiring.second_proof_rule"))


@pages.post("/trust/second-proofs/end")
@fresh
@roles(Role.ADMINISTRATOR)
def ask_nobody() -> ResponseReturnValue:
    """Leave it to each person again."""
    second_proofs.ask_nobody(current_session(), current_actor())
    flash("A second proof is left to each person again")
    return redirect(url_for("requiring.second_proof_rule"))
