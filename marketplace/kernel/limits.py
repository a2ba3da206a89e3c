"""How often one address may try what could be guessed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

P = ParamSpec("P")
R = TypeVar("R")

GUESSES = RateLimitItemPerMinute(20)


def init_app(app: Flask) -> None:
    """Count in this process: with several processes the limit is that many times higher."""
    app.extensions["tries"] = FixedWindowRateLimiter(MemoryStorage())


def limited(view: Callable[P, R]) -> Callable[P, R]:
    """Answer 429 to the twenty-first call from one address within a minute."""

    @functools.wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        tries: FixedWindowRateLimiter = current_app.extensions["tries"]
        is_counted = current_app.config["COUNT_TRIES"]
        if is_counted and not tries.hit(GUESSES, str(request.endpoint), str(request.remote_addr)):
            raise TooManyRequests(retry_after=60)
        return view(*args, **kwargs)

    return counted
