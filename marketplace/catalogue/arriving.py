"""The search, or the comparison, that somebody came from, so that they find back to it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request

PLACES = {"/listings": "Back to the search", "/listings/compare": "Back to the comparison"}
"""Where services are looked for; the pages stand on a higher floor."""
CARRIED = "came_from"
LONGEST = 1_000


@dataclass(frozen=True)
class CameFrom:
    """The page that was left, as an address of ours, and the words that lead back."""

    address: str
    words: str


def came_from() -> CameFrom | None:
    """Where whoever looks at this page was before; the calculator's form carries it on."""
    address = request.args.get(CARRIED, "") or _left()
    path, _, asked = address.partition("?")
    if path not in PLACES or not asked or len(address) > LONGEST or not address.isprintable():
        return None
    return CameFrom(address, PLACES[path])


def _left() -> str:
    came = urlsplit(request.referrer or "")
    return f"{came.path}?{came.query}" if came.netloc == request.host else ""
