"""Field types that give the page and the API the same answer."""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

import marshmallow as ma
from email_validator import EmailNotValidError, validate_email

from marketplace.kernel import money
from marketplace.kernel.database import PENCE_LIMIT

UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and what is not seen or turns the words around it; the joiners of Persian may stay."""
SURROGATE = re.compile(r"[\ud800-\udfff]")
UNSEEN = re.compile(rf"{UNPRINTABLE.pattern}|[\s\xad\u200c\u200d]")
WHOLE = re.compile(r"-?[0-9]{1,15}")
THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}")
POUNDS = re.compile(r"£?\s*([0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,13})(?:\.([0-9]{1,2}))?")
LONGEST_ADDRESS = 1_000
LONGEST_LINE = 200


class Typed(str):
    """What a person typed into a form: money is pounds there, and whole pence everywhere else."""

    __slots__ = ()


class Command(ma.Schema):
    """The input of one command; a key that it does not name is refused, in words."""

    error_messages = {
        "unknown": "This is not something that can be set here",
        "type": "Send a JSON object",
    }


def named(label: str, *, hint: str | None = None, missing: str | None = None, **more: Any) -> dict[str, Any]:
    """The words that a form shows for a field and says when it is left empty, as its keyword arguments."""
    text = missing or f"Enter {label[0].lower()}{label[1:]}"
    messages = {"required": text, "null": text}
    return {"metadata": {"label": label, "hint": hint, "missing": text, **more}, "error_messages": messages}


class Text(ma.fields.String):
    """No NUL, no lone surrogate, no control character: PostgreSQL or UTF-8 would refuse them with a 500.

    One line, unless `lines` says that a person may write several.
    """

    def __init__(self, *, longest: int = LONGEST_LINE, lines: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.longest, self.lines = longest, lines
        self.validators.append(ma.validate.Length(max=longest, error=f"Use {longest:,} characters or fewer"))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).replace("\r\n", "\n").strip()
        if self.required and not UNSEEN.sub("", text):
            raise ma.ValidationError(self.error_messages["required"])
        if UNPRINTABLE.search(text):
            raise ma.ValidationError("Remove the characters that cannot be printed")
        if "\n" in text and not self.lines:
            raise ma.ValidationError("Write this on one line")
        return text


class Password(ma.fields.String):
    """Any characters, with the spaces around them; a lone surrogate is none and could not be hashed."""

    LONGEST = 1_000

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if self.required and not text:
            raise ma.ValidationError(self.error_messages["required"])
        if len(text) > self.LONGEST or SURROGATE.search(text):
            raise ma.ValidationError(f"Use {self.LONGEST:,} characters or fewer, all of which can be printed")
        return text


class EmailAddress(Text):
    """An address that could exist, in lower case."""

    def __init__(self, **more: Any) -> None:
        super().__init__(longest=254, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            checked = validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ma.ValidationError(
                "Enter an email address in the correct format, like name@example.com"
            ) from error
        return checked.normalized.lower()


class WholeNumber(ma.fields.Field[int]):
    """3, 3.0 and "3"; not 3.7, true or 1e30 (JSON Schema counts 3.0 as an integer).

    A person may type 1,500; "1,5" is no number, since who writes it means one and a half.
    """

    def __init__(self, *, least: int = 0, most: int = 10**12, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most
        words = f"Enter a whole number from {least:,} to {most:,}"
        self.validators.append(ma.validate.Range(min=least, max=most, error=words))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, Typed) and THOUSANDS.fullmatch(value):
            value = value.replace(",", "")
        if isinstance(value, bool) or not isinstance(value, int | str) or not WHOLE.fullmatch(str(value)):
            raise ma.ValidationError("Enter a whole number, like 12")
        return int(value)


class Pence(WholeNumber):
    """Whole pence in JSON (123450); pounds as people type them in a form ("£1,234.50").

    "12" is twelve pence unless a person typed it: a program's slip of type must not cost a hundredfold.
    """

    def __init__(self, *, least: int = 0, most: int = PENCE_LIMIT // 100, **more: Any) -> None:
        super().__init__(least=least, most=most, **more)
        words = f"Enter a sum from {money.pounds(least)} to {money.pounds(most)}"
        self.validators[-1] = ma.validate.Range(min=least, max=most, error=words)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, Typed):
            return super()._deserialize(value, attr, data, **kwargs)
        match = POUNDS.fullmatch(value.strip())
        if match is None:
            raise ma.ValidationError("Enter a sum in pounds and pence, like 1234.50")
        whole, rest = match.groups()
        return int(whole.replace(",", "")) * 100 + int((rest or "0").ljust(2, "0"))


class Day(ma.fields.Date):
    """YYYY-MM-DD only, from 2000 to 2100: date.fromisoformat also takes 20270901 and 2027-W35-3."""

    def __init__(self, *, earliest: int = 2000, **more: Any) -> None:
        super().__init__(**more)
        self.earliest = earliest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ma.ValidationError("Enter a real date, like 1 4 2027")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise ma.ValidationError("Enter a real date, like 1 4 2027") from error
        if not date(self.earliest, 1, 1) <= day <= date(2100, 12, 31):
            raise ma.ValidationError(f"Enter a year from {self.earliest} to 2100")
        return day


class Choice(ma.fields.Field[enum.Enum]):
    """One member of an enumeration by its value; `labels` are the words that a form shows, in their order."""

    def __init__(self, kind: type[enum.Enum], labels: Mapping[Any, str], **more: Any) -> None:
        super().__init__(**more)
        self.kind = kind
        self.labels = dict(labels)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value.value if isinstance(value, enum.Enum) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> enum.Enum:
        for member in self.labels:
            if isinstance(value, str) and member.value == value:
                chosen: enum.Enum = member
                return chosen
        allowed = ", ".join(member.value for member in self.labels)
        raise ma.ValidationError(f"Select one of: {allowed}")


class YesNo(ma.fields.Field[bool]):
    """true and false in JSON; "true" from a ticked box of a form, which an unticked one does not send."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value is True or value == "true":
            return True
        if value is False or value == "false":
            return False
        raise ma.ValidationError("Answer true or false")


class LocalAddress(ma.fields.Field[str]):
    """Where to go next within Sharewell; whatever else is sent means the start page and is no error."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return local(value) if isinstance(value, str) else "/"


def local(address: str) -> str:
    """The address when it lies within Sharewell, else the start page: never another site, nothing endless."""
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable()
    return address if plain and "\\" not in address and len(address) <= LONGEST_ADDRESS else "/"


class Identifier(ma.fields.Field[uuid.UUID]):
    """A public identifier, as it stands in an address."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        if not isinstance(value, str) or not re.fullmatch(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value
        ):
            raise ma.ValidationError("Choose one from the list")
        return uuid.UUID(value)
