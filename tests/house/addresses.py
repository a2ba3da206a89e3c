"""An address for every route, with identifiers that a test knows or that nothing has."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from marketplace.kernel import clock


def nothing(name: str) -> uuid.UUID:
    """The identifier of nothing."""
    return uuid.uuid4()


def address(rule: Rule, known: Callable[[str], uuid.UUID] = nothing) -> str:
    """An address of a route; `known` gives an identifier for the name of each part that is one."""
    values = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        elif isinstance(converter, IntegerConverter):
            values[name] = str(clock.today().year)
        else:
            values[name] = str(known(name))
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]
