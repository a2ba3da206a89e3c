"""How often one address may try what could be guessed."""

from __future__ import annotations

from flask import current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://")
"""Counted in each process: with several, the limit is that many times higher."""

GUESSES = "20 per minute"


@limiter.request_filter
def _is_switched_off() -> bool:
    """The limiter is one for all applications of a process; each is asked for its own setting."""
    return not current_app.config["RATELIMIT_ENABLED"]
