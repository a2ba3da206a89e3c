"""What is not settled about trusts that sell. Pure."""

from __future__ import annotations

from datetime import date

from marketplace.regulations import rules
from marketplace.regulations.findings import Finding


def selling(on: date) -> Finding:
    """What a trust should ask before it sells."""
    return rules.rule("trading-by-trusts", on).says(
        "Whether selling lies within a trust's objects, and how much of it the small trading exemption "
        "covers, depends on the trust: take advice before sales grow beyond sharing at cost."
    )
