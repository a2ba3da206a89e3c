"""One marshmallow schema, shown as GOV.UK macro parameters and read back from a form post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import marshmallow as ma
from flask import g, has_request_context, request
from werkzeug.datastructures import MultiDict

from marketplace.kernel.errors import DomainError
from marketplace.kernel.fields import Choice, Identifier, Password, Pence, Text, Typed, WholeNumber, YesNo

PARTS = ("day", "month", "year")
OPENED_FOR = "acts_for"
"""The organisation that a form was opened for; see trusts/opened_for.py."""
OPENED_BY = "opened_by"
"""Who opened it, sealed; see trusts/keeping.py for this and the next two."""
KEPT = "kept"
"""The kept form that it was filled from."""
LATER = "come_back_later"
"""Sent by the button that saves it unfinished."""
OUTSIDE = {"csrf_token", OPENED_FOR, OPENED_BY, KEPT, LATER}
WIDE_YEAR = 4
MOST_UNKNOWN = 5
"""Of a thousand keys that a form does not have, some are named."""
T = TypeVar("T")
Parameters = dict[str, Any]


@dataclass
class Kept:
    """What was typed into a form that was kept, and the address to which that form goes.

    Only the template knows where a form of the page goes. So the page is shown, and shown again when its
    fields came to stand in another form: then the next form that takes such names is filled, or none.
    """

    typed: MultiDict[str, str]
    goes_to: str
    passed: int = 0
    """So many forms of the page take such names and go elsewhere."""
    found: int = 0
    is_opened: bool = False
    """Whether a form of the page goes there."""
    is_astray: bool = False
    """Whether a field of the form that it filled stands in another one."""

    @property
    def is_placed(self) -> bool:
        """Whether it stands in its own form, as far as the page was shown."""
        return self.found > self.passed and self.is_opened and not self.is_astray

    def fills(self, keys: set[str]) -> bool:
        """Whether a form with these keys is the next that it may fill."""
        if not self.typed or not self.typed.keys() <= keys:
            return False
        self.found += 1
        return self.found == self.passed + 1

    def try_next(self) -> None:
        """The page is shown again from its beginning."""
        self.passed, self.found, self.is_opened, self.is_astray = self.passed + 1, 0, False, False

    def opens(self, path: str) -> bool:
        """A form that goes to this path begins; whether it is the one that was kept."""
        g.form_goes_to = path
        self.is_opened |= path == self.goes_to
        return path == self.goes_to

    def shows_field(self) -> None:
        """A field of the form that it filled is shown."""
        self.is_astray |= g.get("form_goes_to", self.goes_to) != self.goes_to


@dataclass
class Form:
    """A schema with what was typed and what is wrong with it.

    `options` gives the choices of fields whose choices come from the database: {field: [(value, words)]}.
    """

    schema: ma.Schema
    raw: MultiDict[str, str] = field(default_factory=MultiDict)
    errors: dict[str, Any] = field(default_factory=dict)
    options: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    kept: Kept | None = None
    """That which filled it."""

    def __post_init__(self) -> None:
        """A form that was kept for this page is shown as it was typed, once."""
        kept: Kept | None = g.get("kept_form") if has_request_context() else None
        if kept is not None and kept.fills(self._keys()):
            self.raw, self.kept = MultiDict(kept.typed), kept

    @classmethod
    def posted(cls, schema: ma.Schema, **more: Any) -> Form:
        """The form of this request's post."""
        return cls(schema, MultiDict(request.form), **more)

    @classmethod
    def of(cls, schema: ma.Schema, values: object, **more: Any) -> Form:
        """A form filled with what is stored: a mapping or an object with the schema's names."""
        raw: MultiDict[str, str] = MultiDict()
        for name, field_ in schema.fields.items():
            value = values.get(name) if isinstance(values, Mapping) else getattr(values, name, None)
            if value is not None:
                _write(raw, _key(name, field_), field_, value)
        return cls(schema, raw, **more)

    def read(self) -> dict[str, Any] | None:
        """The loaded command; None, with `errors` filled, when something is wrong."""
        try:
            loaded: dict[str, Any] = self.schema.load(self._data())
        except ma.ValidationError as error:
            self.errors = _in_order(self.schema, error.messages_dict)
            return None
        return loaded

    def refuse(self, error: DomainError) -> None:
        """Show a rule that a service met, beside its field when it names one of this form."""
        known = {_key(name, field_) for name, field_ in self.schema.fields.items()}
        self.errors = {error.field if error.field in known else "_schema": [error.sentence]}

    def _data(self) -> dict[str, Any]:
        unknown = set(self.raw) - OUTSIDE
        data: dict[str, Any] = {}
        for name, field_ in self.schema.load_fields.items():
            key = _key(name, field_)
            unknown -= {key, *(f"{key}-{part}" for part in PARTS if isinstance(field_, ma.fields.Date))}
            value = self._value(key, field_)
            if value != "":
                data[key] = value
            elif field_.allow_none and not field_.required:
                data[key] = None
        return data | {key: self.raw[key] for key in sorted(unknown)[:MOST_UNKNOWN]}

    def _value(self, key: str, field_: ma.fields.Field[Any]) -> Any:
        if isinstance(field_, ma.fields.Date):
            return _joined([self.raw.get(f"{key}-{part}", "").strip() for part in PARTS])
        if isinstance(field_, ma.fields.List):
            return [Typed(value) for value in self.raw.getlist(key) if value]
        if isinstance(field_, YesNo):
            return self.raw.get(key, "false")
        typed = self.raw.get(key, "")
        return typed if isinstance(field_, Password) else Typed(typed.strip())

    def text(self, key: str, **more: Any) -> Parameters:
        """Parameters of govukInput, govukTextarea, govukCharacterCount and govukPasswordInput."""
        field_ = self._field(key)
        typed = "" if isinstance(field_, Password) else self.raw.get(key, "")  # never sent back
        shown: Parameters = {"id": key, "name": key, "value": typed, "label": _label(field_)}
        if isinstance(field_, WholeNumber) and not isinstance(field_, Pence):
            shown |= {"inputmode": "numeric", "classes": "govuk-input--width-5", "spellcheck": False}
        if isinstance(field_, Pence):
            shown |= {"prefix": {"text": "£"}, "inputmode": "decimal", "classes": "govuk-input--width-10"}
        if isinstance(field_, Text | Password) and field_.metadata.get("autocomplete"):
            shown["autocomplete"] = field_.metadata["autocomplete"]
        return self._said(key, field_) | shown | more

    def date(self, key: str, **more: Any) -> Parameters:
        """Parameters of govukDateInput."""
        shown = self._said(key, self._field(key))
        bad = " govuk-input--error" if "errorMessage" in shown else ""
        items = [
            {
                "name": part,
                "value": self.raw.get(f"{key}-{part}", ""),
                "classes": f"govuk-input--width-{4 if part == 'year' else 2}{bad}",
            }
            for part in PARTS
        ]
        return (
            shown
            | {"id": key, "namePrefix": key, "fieldset": _legend(self._field(key)), "items": items}
            | more
        )

    def choices(self, key: str, **more: Any) -> Parameters:
        """Parameters of govukRadios and govukCheckboxes."""
        chosen = self.raw.getlist(key)
        items = [{"value": v, "text": words, "checked": v in chosen} for v, words in self._choices(key)]
        shown = {"idPrefix": key, "name": key, "fieldset": _legend(self._field(key)), "items": items}
        return self._said(key, self._field(key)) | shown | more

    def select(self, key: str, empty: str = "Select one", **more: Any) -> Parameters:
        """Parameters of govukSelect."""
        chosen = self.raw.get(key, "")
        items = [{"value": v, "text": words, "selected": v == chosen} for v, words in self._choices(key)]
        shown = {"id": key, "name": key, "label": _label(self._field(key))}
        return (
            self._said(key, self._field(key))
            | shown
            | {"items": [{"value": "", "text": empty}, *items]}
            | more
        )

    def tick(self, key: str, **more: Any) -> Parameters:
        """Parameters of govukCheckboxes for one box that means yes."""
        field_ = self._field(key)
        item = {"value": "true", "text": field_.metadata["label"], "checked": self.raw.get(key) == "true"}
        legend = {"legend": {"text": field_.metadata.get("legend", field_.metadata["label"])}}
        return (
            self._said(key, field_)
            | {"idPrefix": key, "name": key, "items": [item], "fieldset": legend}
            | more
        )

    def summary(self) -> list[dict[str, str]]:
        """Rows of the error summary, each with a link to its field."""
        rows = []
        for key, messages in self.errors.items():
            row = {"text": first_message(messages)}
            if self._has(key):
                row["href"] = f"#{key}-day" if isinstance(self._field(key), ma.fields.Date) else f"#{key}"
            elif key != "_schema":
                row["text"] = f"{key}: {row['text']}"
            rows.append(row)
        return rows

    def _keys(self) -> set[str]:
        """Everything that a post of it may name."""
        named = [(_key(name, field_), field_) for name, field_ in self.schema.fields.items()]
        dates = {f"{key}-{part}" for key, one in named if isinstance(one, ma.fields.Date) for part in PARTS}
        return {key for key, _ in named} | dates

    def _has(self, key: str) -> bool:
        return any(_key(name, field_) == key for name, field_ in self.schema.fields.items())

    def _field(self, key: str) -> ma.fields.Field[Any]:
        return next(field_ for name, field_ in self.schema.fields.items() if _key(name, field_) == key)

    def _choices(self, key: str) -> list[tuple[str, str]]:
        field_ = self._field(key)
        inner = field_.inner if isinstance(field_, ma.fields.List) else field_
        if isinstance(inner, Choice):
            return [(member.value, words) for member, words in inner.labels.items()]
        return list(self.options[key])

    def _said(self, key: str, field_: ma.fields.Field[Any]) -> Parameters:
        if self.kept is not None:
            self.kept.shows_field()
        said: Parameters = {}
        if hint := field_.metadata.get("hint"):
            said["hint"] = {"text": hint}
        if key in self.errors:
            said["errorMessage"] = {"text": first_message(self.errors[key])}
        return said


def first_message(messages: Any) -> str:
    """The first sentence in marshmallow's nested lists and dictionaries."""
    while isinstance(messages, dict | list):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages), "Check this")
    return str(messages)


def _key(name: str, field_: ma.fields.Field[Any]) -> str:
    return field_.data_key or name


def _label(field_: ma.fields.Field[Any]) -> Parameters:
    return {"text": field_.metadata["label"], "classes": "govuk-label--s"}


def _legend(field_: ma.fields.Field[Any]) -> Parameters:
    """The legend always has its text: without it the question vanishes and no checker notices."""
    return {"legend": {"text": field_.metadata["label"], "classes": "govuk-fieldset__legend--s"}}


def _joined(parts: Sequence[str]) -> str:
    if not any(parts):
        return ""
    day, month, year = parts
    numbers = all(part.isascii() and part.isdigit() for part in parts) and len(year) == WIDE_YEAR
    return f"{year}-{month:0>2}-{day:0>2}" if numbers else "not a date"


def _write(raw: MultiDict[str, str], key: str, field_: ma.fields.Field[Any], value: Any) -> None:
    if isinstance(field_, ma.fields.Date):
        for part in PARTS:
            raw[f"{key}-{part}"] = str(getattr(value, part))
    elif isinstance(field_, Pence):
        raw[key] = f"{value // 100}.{value % 100:02d}"
    elif isinstance(field_, Choice):
        raw[key] = value.value
    elif isinstance(field_, YesNo):
        raw[key] = "true" if value else "false"
    elif isinstance(field_, ma.fields.List):
        raw.setlist(key, [str(getattr(one, "value", one)) for one in value])
    elif isinstance(field_, Identifier | Text | WholeNumber):
        raw[key] = str(value)
    else:
        raw[key] = str(field_.serialize("value", {"value": value}))


def _in_order(schema: ma.Schema, messages: Mapping[str, Any]) -> dict[str, Any]:
    """The errors in the order in which the form asks, those of no field at the end."""
    order = {_key(name, field_): place for place, (name, field_) in enumerate(schema.fields.items())}
    return dict(sorted(messages.items(), key=lambda item: order.get(item[0], len(order))))
