"""The values of an entry of the record as people read them: names, states and days in words. Pure.

The record itself keeps identifiers, so that a person can be erased; names are put in when it is shown.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LABELS = {
    "ask": "times asked",
    "missing": "approvals still to come",
    "for": "in the place of",
    "po_number": "PO number",
    "requires_po_number": "PO number needed",
    "stops_over_budget": "stops over budget",
}
STATES = frozenset({"state", "status", "kind", "role", "step", "reason_kind"})
"""Whose values are words of a program, with hyphens."""


def label(name: str) -> str:
    """What a value is called: missing is approvals still to come."""
    return LABELS.get(name) or name.removesuffix("_pence").replace("_", " ")


def identifiers(values: Iterable[Mapping[str, Any]]) -> set[uuid.UUID]:
    """Every identifier that stands in the values of entries."""
    texts = (text for one in values for text in _texts(list(one.values())))
    return {uuid.UUID(found) for text in texts for found in UUID.findall(text)}


def in_plain(name: str, value: Any, names: Mapping[uuid.UUID, str]) -> Any:
    """A value in words; an identifier stays where nobody is known by it any more."""
    if isinstance(value, list):
        return [in_plain(name, one, names) for one in value]
    if not isinstance(value, str):
        return value
    if name.endswith("_on") and ISO_DAY.fullmatch(value):
        on = date.fromisoformat(value)
        return f"{on.day} {on:%B %Y}"
    if name in STATES:
        return value.replace("-", " ")
    return UUID.sub(lambda found: names.get(uuid.UUID(found[0]), found[0]), value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
