"""One round as the engine reads it: requests with ceilings, offers with tiers, rules; integers throughout."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

LARGEST = 2**63 - 1
LARGEST_FILE = 2**29
LARGEST_SIZE = 1_000_000
"""Of schools, lots, suppliers and regions: some of what is built is as long as these say."""
WHOLE_BP = 10_000
MANY = 10
"""So many numbers beyond a size, and more than half of all, say that the size is wrong and not they."""
MARK = b"\xef\xbb\xbf"
"""What some editors write before UTF-8."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it."""
COLUMNS = {
    "school": "n_schools",
    "lot": "n_lots",
    "region": "n_regions",
    "qty": "",
    "reserve": "",
    "qmin": "",
}
"""The columns of `requests`, and what counts the numbers that a column may hold."""
KEYS = {
    "name",
    "units",
    "n_schools",
    "n_lots",
    "n_suppliers",
    "n_regions",
    "rules",
    "requests",
    "coverage",
    "quality",
    "offers",
    "spend_discounts",
    "answers",
}
"""`units` are words for the reader."""
OFFER_KEYS = {"supplier", "lot", "capacity", "tiers"}
RULES = {
    "max_suppliers",
    "max_share",
    "one_supplier_per_lot",
    "one_supplier_per_school",
    "quality_weight_pence",
    "tier",
    "objective",
}
"""`tier` and `objective` are words for the reader."""


class WrongInstance(Exception):
    """The file is not a round: `faults`, each a sentence that begins with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Offer:
    """A quote for one lot: units it can supply, and tiers (threshold units, unit price in pence)."""

    supplier: int
    lot: int
    capacity: int
    tiers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Rules:
    """Rules of the whole round; `quality_weight_pence` is worth of one quality point on one unit."""

    max_suppliers: int | None = None
    max_share_bp: int | None = None
    one_supplier_per_lot: bool = False
    one_supplier_per_school: bool = False
    quality_weight_pence: int = 0


@dataclass(frozen=True, eq=False)
class Instance:
    """Requests are columns of one length; `coverage` is suppliers x regions; offers by (lot, supplier)."""

    name: str
    n_schools: int
    n_lots: int
    n_suppliers: int
    n_regions: int
    school: Integers
    lot: Integers
    region: Integers
    qty: Integers
    reserve: Integers
    qmin: Integers
    coverage: Booleans
    quality: Integers
    offers: tuple[Offer, ...]
    spend_discounts: tuple[tuple[tuple[int, int], ...], ...]
    rules: Rules = Rules()
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def n_requests(self) -> int:
        return len(self.qty)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the award depends on; spaces, the order of keys and of offers do not count."""
        seal = hashlib.sha256()
        head = [self.n_schools, self.n_lots, self.n_suppliers, self.n_regions, asdict(self.rules)]
        seal.update(orjson.dumps([*head, self.offers, self.spend_discounts], option=orjson.OPT_SORT_KEYS))
        for column in (self.school, self.lot, self.region, self.qty, self.reserve, self.qmin, self.quality):
            seal.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
        seal.update(np.ascontiguousarray(self.coverage).tobytes())
        return seal.hexdigest()


def read(path: Path) -> Instance:
    """A round from a .json or .json.gz file; WrongInstance names every fault by its place."""
    return parse(decode(_bytes_of(path)))


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise WrongInstance([f"file: cannot be read ({error})"]) from error
    if len(content) > LARGEST_FILE:
        raise WrongInstance(["file: is larger than 512 MB"])
    return content


def decode(content: bytes) -> object:
    """The document; WrongInstance says where it stops being JSON."""
    try:
        return orjson.loads(content.removeprefix(MARK))
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise WrongInstance([f"file: is not JSON at {place} ({error.msg.split(': line')[0]})"]) from error


def parse(document: object) -> Instance:
    """A round from a decoded document; WrongInstance lists every fault."""
    if not isinstance(document, dict):
        raise WrongInstance(["file: must hold one JSON object"])
    return _Reader(document).instance()


class _Reader:
    """Reads a document part by part and notes faults; a part at fault is left empty, and reading goes on."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.faults: list[str] = []
        self.wrong_sizes: set[str] = set()
        self.sizes = {key: self.size(key) for key in ("n_schools", "n_lots", "n_suppliers", "n_regions")}

    def fault(self, place: str, words: str) -> None:
        self.faults.append(f"{place}: {words}")

    def known(self, place: str, given: dict[str, Any], keys: set[str], words: str) -> None:
        """A fault for each key that is none of these: a mistyped one would be left out silently."""
        for key in sorted(given.keys() - keys):
            self.fault(f"{place}{CONTROL.sub(' ', key)}", words)

    def instance(self) -> Instance:
        self.known("", self.document, KEYS, "is not a part of a round")
        columns = self.columns()
        coverage, quality = self.coverage(), self.quality()
        offers = self.offers()
        discounts = self.spend_discounts()
        rules = self.rules()
        name = self.document.get("name")
        if not isinstance(name, str):
            self.fault("name", "must be text")
        elif CONTROL.search(name):
            self.fault("name", "must be one line without control characters")
        answers = self.document.get("answers", {})
        if not isinstance(answers, dict):
            self.fault("answers", "must be an object")
        if not self.faults:
            self.check_sums(columns, offers, quality, rules)
        if self.faults:
            raise WrongInstance(self.faults)
        sizes = self.sizes
        return Instance(
            name=str(name),
            n_schools=sizes["n_schools"],
            n_lots=sizes["n_lots"],
            n_suppliers=sizes["n_suppliers"],
            n_regions=sizes["n_regions"],
            school=columns["school"],
            lot=columns["lot"],
            region=columns["region"],
            qty=columns["qty"],
            reserve=columns["reserve"],
            qmin=columns["qmin"],
            coverage=coverage,
            quality=quality,
            offers=offers,
            spend_discounts=discounts,
            rules=rules,
            answers=dict(answers),
        )

    def size(self, key: str) -> int:
        before = len(self.faults)
        size = self.whole(key, self.document.get(key), least=0, most=LARGEST_SIZE)
        if len(self.faults) > before:
            self.wrong_sizes.add(key)
        return size

    def blame(self, key: str, words: str) -> None:
        """Say once that a size is wrong; from then on nothing is measured by it."""
        if key not in self.wrong_sizes:
            self.wrong_sizes.add(key)
            self.fault(key, f"is {self.sizes[key]}, but {words}")

    def measure(self, key: str, place: str, values: list[Any]) -> None:
        """Blame the size itself where there is none, or where most of many numbers are beyond it."""
        numbers = [value for value in values if type(value) is int]
        beyond = sum(value >= self.sizes[key] for value in numbers)
        if numbers and (self.sizes[key] == 0 or MANY < beyond > len(numbers) // 2):
            self.blame(key, f"{place} holds numbers up to {max(numbers)}")

    def last(self, key: str) -> int:
        """The largest number that a size allows, a size that is wrong any."""
        return LARGEST if key in self.wrong_sizes else self.sizes[key] - 1

    def whole(self, place: str, value: object, *, least: int = 0, most: int = LARGEST) -> int:
        """A whole number from `least` to `most`, else a fault and `least`."""
        if type(value) is not int:
            self.fault(place, f"must be a whole number, {_shown(value)} is not")
        elif value < least:
            self.fault(place, f"must be {least} or more, not {value}")
        elif value > most:
            self.fault(place, f"must be {most} or less, not {value}")
        else:
            return value
        return least

    def listed(self, place: str, value: object) -> list[Any]:
        if isinstance(value, list):
            return value
        self.fault(place, "must be a list" if value is not None else "is missing: it must be a list")
        return []

    def columns(self) -> dict[str, Integers]:
        requests = self.document.get("requests")
        if not isinstance(requests, dict):
            self.fault("requests", "must be an object of columns")
            requests = {key: [] for key in COLUMNS}
        self.known("requests.", requests, set(COLUMNS), "is not a column of a round")
        columns = {key: self.column(key, requests.get(key)) for key in COLUMNS}
        lengths = {key: len(requests[key]) for key in COLUMNS if isinstance(requests.get(key), list)}
        for key, length in lengths.items():
            if length != max(lengths.values()):
                self.fault(
                    f"requests.{key}", f"has {length} values, the longest column has {max(lengths.values())}"
                )
        return columns

    def column(self, key: str, value: object) -> Integers:
        place = f"requests.{key}"
        values = self.listed(place, value)
        counted = COLUMNS[key]
        least, most = int(key == "qty"), self.last(counted) if counted else LARGEST
        if set(map(type, values)) <= {int} and (not values or (min(values) >= least and max(values) <= most)):
            return np.array(values, dtype=np.int64)
        if counted:
            self.measure(counted, place, values)
            most = self.last(counted)
        for number, item in enumerate(values):
            if type(item) is int and item > most >= 0 and counted:
                self.fault(f"{place}[{number}]", f"unknown {key} {item}: {counted} is {most + 1}")
            else:
                self.whole(f"{place}[{number}]", item, least=least, most=max(most, least))
        return np.zeros(len(values), dtype=np.int64)

    def coverage(self) -> Booleans:
        shape = (self.sizes["n_suppliers"], self.sizes["n_regions"])
        rows = self.listed("coverage", self.document.get("coverage"))
        good = self.lengths("coverage", rows, shape[0], "n_suppliers")
        for number, row in enumerate(rows):
            place = f"coverage[{number}]"
            cells = self.listed(place, row)
            good = self.lengths(place, cells, shape[1], "n_regions") and good
            for region, cell in enumerate(cells):
                self.whole(f"{place}[{region}]", cell, most=1)
        return (
            np.array(rows, dtype=np.bool_).reshape(shape)
            if good and not self.faults
            else np.zeros((0, 0), bool)
        )

    def lengths(self, place: str, values: list[Any], wanted: int, key: str) -> bool:
        if key in self.wrong_sizes:
            return False
        if values and wanted == 0:
            self.blame(key, f"{place} has {len(values)} values")
        elif len(values) != wanted:
            self.fault(place, f"has {len(values)} values, {key} is {wanted}")
        return len(values) == wanted

    def quality(self) -> Integers:
        values = self.listed("quality", self.document.get("quality"))
        self.lengths("quality", values, self.sizes["n_suppliers"], "n_suppliers")
        return np.array(
            [self.whole(f"quality[{n}]", value) for n, value in enumerate(values)], dtype=np.int64
        )

    def offers(self) -> tuple[Offer, ...]:
        found: dict[tuple[int, int], Offer] = {}
        values = self.listed("offers", self.document.get("offers"))
        for key, counted in (("supplier", "n_suppliers"), ("lot", "n_lots")):
            self.measure(counted, f"offers.{key}", [one.get(key) for one in values if isinstance(one, dict)])
        for number, value in enumerate(values):
            place = f"offers[{number}]"
            offer = self.offer(place, value)
            if offer is None:
                continue
            if (offer.lot, offer.supplier) in found:
                self.fault(place, f"is a second offer of supplier {offer.supplier} for lot {offer.lot}")
            found[offer.lot, offer.supplier] = offer
        return tuple(found[key] for key in sorted(found))

    def offer(self, place: str, value: object) -> Offer | None:
        if not isinstance(value, dict):
            self.fault(place, "must be an object")
            return None
        before = len(self.faults)
        self.known(f"{place}.", value, OFFER_KEYS, "is not a part of an offer")
        supplier = self.number_of(f"{place}.supplier", value.get("supplier"), "n_suppliers")
        lot = self.number_of(f"{place}.lot", value.get("lot"), "n_lots")
        capacity = self.whole(f"{place}.capacity", value.get("capacity"))
        tiers = self.steps(f"{place}.tiers", value.get("tiers"), LARGEST)
        if not tiers and len(self.faults) == before:
            self.fault(f"{place}.tiers", "must have one tier or more")
        return Offer(supplier, lot, capacity, tiers) if len(self.faults) == before else None

    def number_of(self, place: str, value: object, counted: str) -> int:
        """A number of a lot or supplier, which must be below their count."""
        what = {"n_suppliers": "supplier", "n_lots": "lot"}[counted]
        if type(value) is int and value > self.last(counted):
            self.fault(place, f"unknown {what} {value}: {counted} is {self.sizes[counted]}")
            return 0
        return self.whole(place, value)

    def steps(self, place: str, value: object, most: int) -> tuple[tuple[int, int], ...]:
        """Pairs whose first numbers rise."""
        steps: list[tuple[int, int]] = []
        for number, item in enumerate(self.listed(place, value)):
            at = f"{place}[{number}]"
            if not isinstance(item, list) or len(item) != 2:  # noqa: PLR2004 a pair
                self.fault(at, "must be a pair of whole numbers")
                continue
            step = self.whole(f"{at}[0]", item[0]), self.whole(f"{at}[1]", item[1], most=most)
            if steps and step[0] <= steps[-1][0]:
                self.fault(at, f"threshold {step[0]} must be above the threshold {steps[-1][0]} before it")
            steps.append(step)
        return tuple(steps)

    def spend_discounts(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        values = self.document.get("spend_discounts", [[]] * self.sizes["n_suppliers"])
        rows = self.listed("spend_discounts", values)
        self.lengths("spend_discounts", rows, self.sizes["n_suppliers"], "n_suppliers")
        return tuple(self.steps(f"spend_discounts[{n}]", row, WHOLE_BP) for n, row in enumerate(rows))

    def rules(self) -> Rules:
        value = self.document.get("rules", {})
        if not isinstance(value, dict):
            self.fault("rules", "must be an object")
            return Rules()
        self.known("rules.", value, RULES, "is not a rule of a round")
        most = value.get("max_suppliers")
        weight = value.get("quality_weight_pence")
        return Rules(
            None if most is None else self.whole("rules.max_suppliers", most, least=1),
            self.share(value.get("max_share")),
            self.yes_no("one_supplier_per_lot", value),
            self.yes_no("one_supplier_per_school", value),
            0 if weight is None else self.whole("rules.quality_weight_pence", weight),
        )

    def share(self, value: object) -> int | None:
        """A share of spend above 0 and up to 1, in basis points."""
        if value is None:
            return None
        if type(value) in (int, float) and 0 < float(str(value)) <= 1:
            bp = round(float(str(value)) * WHOLE_BP)
            if bp / WHOLE_BP == value:
                return bp
        self.fault(
            "rules.max_share",
            f"must be above 0 and up to 1 with four decimals at most, {_shown(value)} is not",
        )
        return None

    def yes_no(self, key: str, rules: dict[str, Any]) -> bool:
        value = rules.get(key)
        if value is not None and not isinstance(value, bool):
            self.fault(f"rules.{key}", "must be true or false")
        return bool(value)

    def check_sums(
        self, columns: dict[str, Integers], offers: tuple[Offer, ...], quality: Integers, rules: Rules
    ) -> None:
        """Whether all sums of an award stay within 64 bits, in Python's integers, which do not overflow."""
        units = sum(columns["qty"].tolist())
        if units > LARGEST:
            self.fault("requests.qty", f"sum is {units}, above 64 bits")
        dearest = max(columns["reserve"].tolist(), default=0)
        points = max(quality.tolist(), default=0)
        worth = units * (dearest + rules.quality_weight_pence * points)
        if worth > LARGEST:
            self.fault("requests.reserve", f"times requests.qty can sum to {worth} pence, above 64 bits")
        for number, offer in enumerate(offers):
            price = max(price for _, price in offer.tiers)
            if min(units, offer.capacity) * price > LARGEST:
                self.fault(f"offers[{number}]", "units times price is above 64 bits")


def _shown(value: object) -> str:
    words = "nothing" if value is None else repr(value)
    return words if len(words) < 40 else words[:40] + "..."  # noqa: PLR2004 enough to recognise it
