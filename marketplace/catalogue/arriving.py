"""The search that somebody came from, so that they find back to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

SEARCH = "/listings"
"""Where the search is; it stands on a higher floor."""
LONGEST = 1_000


def search_address() -> str | None:
    """The search whose results were left, as an address of ours; the calculator's form carries it on."""
    asked = request.args.get("search", "") or _left()
    return f"{SEARCH}?{asked}" if 0 < len(asked) <= LONGEST and asked.isprintable() else None


def _left() -> str:
    came = urlsplit(request.referrer or "")
    return came.query if came.netloc == request.host and came.path == SEARCH else ""
