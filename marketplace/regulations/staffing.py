"""What a school needs before staff of another body work in it (Keeping children safe in education). Pure."""

from __future__ import annotations

from datetime import date

from marketplace.regulations import rules
from marketplace.regulations.findings import Finding


def visiting(on: date) -> Finding:
    """What must be there before a person of another body starts."""
    return rules.rule("staff-of-another-body", on).says(
        "Before staff of another body start, have their employer's written confirmation that the checks were "
        "made, and check on arrival that the person is the one who was checked."
    )
