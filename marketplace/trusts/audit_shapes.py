"""The record of who did what as rows of a file and as JSON that can be checked elsewhere. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.kernel.clock import LONDON
from marketplace.kernel.spreadsheets import Cell

RULE = (
    "digest is the SHA-256, in hexadecimal, of the UTF-8 text of a JSON array of: previous, id, "
    "organisation_id, number, created_at, person_id, action, subject_kind, subject_id, before, after, "
    "personal_digest. The array has ', ' between its items and ': ' after names, names in alphabetical "
    "order, and characters beyond ASCII escaped; a person_id that is null counts as the text None. "
    "previous is the digest of the entry before, and 64 noughts for the first. personal_digest is the "
    "same of an array of salt, about_id and values, and empty when there were none."
)
COLUMNS = (
    "Entry",
    "When (London)",
    "Who",
    "What was done",
    "About",
    "Identifier",
    "Was",
    "Became",
    "Digest before",
    "Digest",
)


def as_json(row: Any) -> dict[str, Any]:
    """One entry, with all that its digest is made of."""
    personal = None
    if row.salt is not None:
        personal = {"salt": row.salt, "about_id": str(row.about_id), "values": row.personal}
    return {
        "id": str(row.id),
        "number": row.number,
        "created_at": row.created_at.isoformat(),
        "person_id": str(row.person_id) if row.person_id else None,
        "person": row.name,
        "action": row.action,
        "subject_kind": row.subject_kind,
        "subject_id": str(row.subject_id),
        "before": row.before,
        "after": row.after,
        "personal": personal,
        "personal_digest": row.personal_digest,
        "previous": row.previous,
        "digest": row.digest,
    }


def document(
    organisation_id: Any, name: str, chain: Mapping[str, Any], rows: Iterable[Any], is_complete: bool
) -> str:
    """The whole file: the rule, the end of the chain, and the entries in their order."""
    told = {
        "organisation_id": str(organisation_id),
        "organisation": name,
        "rule": RULE,
        "chain": dict(chain),
        "is_complete": is_complete,
        "entries": [as_json(row) for row in rows],
    }
    return json.dumps(told, indent=1)


def cells(row: Any) -> list[Cell]:
    """One line of the CSV file."""
    when = row.created_at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S")
    return [
        row.number,
        when,
        row.name or "",
        row.action,
        row.subject_kind,
        str(row.subject_id),
        json.dumps(row.before, ensure_ascii=False, sort_keys=True),
        json.dumps(row.after, ensure_ascii=False, sort_keys=True),
        row.previous,
        row.digest,
    ]
