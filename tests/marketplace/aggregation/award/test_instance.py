"""Reading rounds: every fault by its place, never a traceback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.aggregation.award.instance import LARGEST, WrongInstance, parse, read
from tests.factories.award_rounds import a_document, a_round

ROUNDS = Path(__file__).parents[3] / "rounds"


def faults(document: object) -> list[str]:
    with pytest.raises(WrongInstance) as wrong:
        parse(document)
    return wrong.value.faults


def requests(**columns: list[Any]) -> dict[str, Any]:
    return a_document(requests={**a_document()["requests"], **columns})


def an_offer(**changes: Any) -> dict[str, Any]:
    return a_document(offers=[{"supplier": 0, "lot": 0, "capacity": 5, "tiers": [[1, 9]], **changes}])


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (requests(qty=[5, 7]), "requests.qty: has 2 values, the longest column has 3"),
        (requests(qty=[5, -7, 3]), "requests.qty[1]: must be 1 or more, not -7"),
        (requests(qty=[5, 7, 0]), "requests.qty[2]: must be 1 or more, not 0"),
        (requests(reserve=[5, 7.5, 3]), "requests.reserve[1]: must be a whole number, 7.5 is not"),
        (requests(reserve=[5, True, 3]), "requests.reserve[1]: must be a whole number, True is not"),
        (requests(lot=[0, 2, 1]), "requests.lot[1]: unknown lot 2: n_lots is 2"),
        (requests(region=[0, 0, 9]), "requests.region[2]: unknown region 9: n_regions is 1"),
        (a_document(requests={**a_document()["requests"], "qmin": "many"}), "requests.qmin: must be a list"),
        (requests(other=[1]), "requests.other: is not a column of a round"),
        (a_document(requests=None), "requests: must be an object of columns"),
        (an_offer(lot=7), "offers[0].lot: unknown lot 7: n_lots is 2"),
        (an_offer(supplier=2), "offers[0].supplier: unknown supplier 2: n_suppliers is 2"),
        (an_offer(capacity=-1), "offers[0].capacity: must be 0 or more, not -1"),
        (an_offer(capacity=None), "offers[0].capacity: must be a whole number, nothing is not"),
        (an_offer(tiers=[]), "offers[0].tiers: must have one tier or more"),
        (
            an_offer(tiers=[[3, 9], [3, 8]]),
            "offers[0].tiers[1]: threshold 3 must be above the threshold 3 before it",
        ),
        (an_offer(tiers=[[3, 9, 1]]), "offers[0].tiers[0]: must be a pair of whole numbers"),
        (an_offer(tiers=[[3, -9]]), "offers[0].tiers[0][1]: must be 0 or more, not -9"),
        (a_document(offers=[3]), "offers[0]: must be an object"),
        (
            a_document(offers=a_document()["offers"] + a_document()["offers"][:1]),
            "offers[3]: is a second offer of supplier 0 for lot 0",
        ),
        (a_document(coverage=[[1], [2]]), "coverage[1][0]: must be 1 or less, not 2"),
        (a_document(coverage=[[1]]), "coverage: has 1 values, n_suppliers is 2"),
        (a_document(coverage=[[1], [1, 1]]), "coverage[1]: has 2 values, n_regions is 1"),
        (a_document(quality=[70]), "quality: has 1 values, n_suppliers is 2"),
        (a_document(spend_discounts=[[], [[5, 10_001]]]), "spend_discounts[1][0][1]: must be 10000 or less"),
        (a_document(rules={"max_suppliers": 0}), "rules.max_suppliers: must be 1 or more, not 0"),
        (a_document(rules={"max_share": 1.5}), "rules.max_share: must be above 0 and up to 1"),
        (a_document(rules={"max_share": 0.33333}), "rules.max_share: must be above 0 and up to 1"),
        (a_document(rules={"one_supplier_per_lot": 1}), "rules.one_supplier_per_lot: must be true or false"),
        (a_document(rules={"max_supliers": 3}), "rules.max_supliers: is not a rule of a round"),
        (a_document(rules=[]), "rules: must be an object"),
        (a_document(spend_discount=[[], []]), "spend_discount: is not a part of a round"),
        (an_offer(max_capacity=3), "offers[0].max_capacity: is not a part of an offer"),
        (a_document(**{"a\x1b[2Jb": 1}), "a [2Jb: is not a part of a round"),
        (a_document(name="a\x1b[2Jb"), "name: must be one line without control characters"),
        (a_document(name="a\nb"), "name: must be one line without control characters"),
        (a_document(name=3), "name: must be text"),
        (a_document(answers=3), "answers: must be an object"),
        (a_document(n_lots=-2), "n_lots: must be 0 or more, not -2"),
        (a_document(n_lots=2**31 - 1), "n_lots: must be 1000000 or less, not 2147483647"),
        (
            {key: value for key, value in a_document(n_suppliers=2**31).items() if key != "spend_discounts"},
            "n_suppliers: must be 1000000 or less, not 2147483648",
        ),
        (
            a_document(rules={"quality_weight_pence": False}),
            "rules.quality_weight_pence: must be a whole number, False is not",
        ),
        ([], "file: must hold one JSON object"),
        (requests(qty=[LARGEST, 1, 1]), f"requests.qty: sum is {LARGEST + 2}, above 64 bits"),
        (
            requests(qty=[2**40, 1, 1], reserve=[2**40, 1, 1]),
            "requests.reserve: times requests.qty can sum to",
        ),
        (requests(reserve=[LARGEST + 1, 1, 1]), f"requests.reserve[0]: must be {LARGEST} or less"),
        (an_offer(capacity=100, tiers=[[1, LARGEST]]), "offers[0]: units times price is above 64 bits"),
    ],
)
def test_a_fault_is_named_by_its_place(document: object, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(document)), faults(document)


def test_every_fault_of_a_file_is_named_at_once() -> None:
    document = requests(qty=[5, -7, 3], lot=[0, 9, 1])
    document["quality"] = [1.5, 50]
    found = faults(document)
    assert [fault.split(":")[0] for fault in found] == ["requests.lot[1]", "requests.qty[1]", "quality[0]"]


@pytest.mark.parametrize("key", ["n_schools", "n_lots", "n_suppliers", "n_regions"])
@pytest.mark.parametrize("size", [0, 1, -3, None])
def test_a_wrong_size_is_said_once_and_not_of_everything_that_it_counts(key: str, size: int | None) -> None:
    document = json.loads((ROUNDS / "regional-101.json").read_text())
    assert document[key] > 1
    found = faults({**document, key: size})
    assert len([fault for fault in found if fault.startswith(f"{key}: ")]) == 1 or size == 1
    assert not [fault for fault in found if fault.startswith(("requests", "offers"))]
    if size != 1:
        assert len(found) == 1


def test_no_lots_no_requests_and_no_offers_are_a_round_as_well() -> None:
    empty: dict[str, list[int]] = {key: [] for key in a_document()["requests"]}
    assert parse(a_document(n_lots=0, n_schools=0, requests=empty, offers=[])).n_requests == 0


def test_a_byte_order_mark_before_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    plain = ROUNDS / "small-101.json"
    for name, pack in (("a.json", bytes), ("a.json.gz", gzip.compress)):
        path = tmp_path / name
        path.write_bytes(pack(b"\xef\xbb\xbf" + plain.read_bytes()))
        assert read(path).digest == read(plain).digest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[1e999]",
        b"NaN",
        b'{"a":' * 2000,
        b"\x1f\x8b\x08broken",
        gzip.compress(b"{}")[:-9],
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_of_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "round.json"
    path.write_bytes(content)
    with pytest.raises(WrongInstance) as wrong:
        read(path)
    assert wrong.value.faults[0].startswith("file: ")


def test_a_missing_file_and_a_folder_are_faults_of_the_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(WrongInstance, match="file: cannot be read"):
            read(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(key=st.sampled_from([*a_document(), "other"]), value=JSON)
def test_whatever_stands_in_a_place_is_read_or_refused(key: str, value: object) -> None:
    named: list[str] = [": "]
    try:
        parse(a_document(**{key: value}))
    except WrongInstance as wrong:
        named = wrong.faults
    assert named
    assert all(": " in fault for fault in named)


def test_the_digest_follows_what_decides_the_award_and_nothing_else() -> None:
    digest = a_round().digest
    shuffled = a_document(offers=a_document()["offers"][::-1], answers={"any": 1}, name="other")
    assert parse(shuffled).digest == digest
    assert parse(requests(qty=[5, 7, 4])).digest != digest
    assert a_round(quality=[70, 51]).digest != digest
    assert a_round(rules={"max_suppliers": 1}).digest != digest


def test_a_packed_file_reads_as_the_same_round(tmp_path: Path) -> None:
    plain = ROUNDS / "small-101.json"
    packed = tmp_path / "small.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(packed).digest == read(plain).digest
    assert read(plain).answers == json.loads(plain.read_text())["answers"]
