"""How often one network address, and anybody for one account, may try what could be guessed."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from marketplace.kernel import clock

P = ParamSpec("P")
R = TypeVar("R")

GUESSES = RateLimitItemPerMinute(20)
"""From one network address at one page."""
ACCOUNT_GUESSES = RateLimitItemPerMinute(10, 15)
"""For one account, from wherever: ten in a quarter of an hour."""
WRONG_TOKENS = RateLimitItemPerMinute(30)


def init_app(app: Flask) -> None:
    """Count in this process: with several processes the limit is that many times higher."""
    app.extensions["tries"] = FixedWindowRateLimiter(MemoryStorage())


def limited(view: Callable[P, R]) -> Callable[P, R]:
    """Answer 429 to the twenty-first call from one address within a minute."""

    @functools.wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        _count(GUESSES, str(request.endpoint), str(request.remote_addr))
        return view(*args, **kwargs)

    return counted


def limit_account(purpose: str, account: str) -> None:
    """Answer 429 to the eleventh try for one account within a quarter of an hour, known or unknown."""
    named = hashlib.sha256(account.strip().lower().encode()).hexdigest()
    _count(ACCOUNT_GUESSES, purpose, named)


def count_wrong_token() -> None:
    """Answer 429 from the thirty-first wrong token of one network address within a minute on."""
    _count(WRONG_TOKENS, "token", str(request.remote_addr))


def refuse_after_wrong_tokens() -> None:
    """Answer 429 while too many wrong tokens came from this network address."""
    tries, asked = _tries(), ("token", str(request.remote_addr))
    if current_app.config["COUNT_TRIES"] and not tries.test(WRONG_TOKENS, *asked):
        raise _too_many(tries, WRONG_TOKENS, asked)


def _count(limit: RateLimitItem, *asked: str) -> None:
    tries = _tries()
    if current_app.config["COUNT_TRIES"] and not tries.hit(limit, *asked):
        raise _too_many(tries, limit, asked)


def _too_many(tries: FixedWindowRateLimiter, limit: RateLimitItem, asked: tuple[str, ...]) -> TooManyRequests:
    ends = tries.get_window_stats(limit, *asked).reset_time
    seconds = max(1, math.ceil(ends - clock.now().timestamp()))
    minutes = math.ceil(seconds / 60)
    again = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return TooManyRequests(f"Too many tries. Try again {again}.", retry_after=seconds)


def _tries() -> FixedWindowRateLimiter:
    found: FixedWindowRateLimiter = current_app.extensions["tries"]
    return found
