"""An address for every route, with identifiers that a test knows or that nothing has."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from werkzeug.routing import AnyConverter, Rule


def nothing(name: str) -> uuid.UUID:
    """The identifier of nothing."""
    return uuid.uuid4()


def address(rule: Rule, known: Callable[[str], uuid.UUID] = nothing) -> str:
    """An address of a route; `known` gives an identifier for the name of each part that is one."""
    values = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        values[name] = min(converter.items) if isinstance(converter, AnyConverter) else str(known(name))
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]
