"""What the engine decides about a round on one price list, and what each trust is told."""

from __future__ import annotations

import json
import random
import uuid

import pytest

from marketplace.aggregation import solving
from marketplace.aggregation.award.explain import Code, Reason
from marketplace.aggregation.solving import Case, Decision
from marketplace.aggregation.tiers import FirmQuantity, Tier
from tests.marketplace.aggregation.one_list import brute_force, lowest_reached

LAPTOPS = [Tier(1, 500), Tier(100, 450), Tier(200, 400)]
UNITS = ("laptop", "laptops")
ROUNDS = 2_000
Asked = tuple[list[Tier], list[FirmQuantity], int]


def a_firm(quantity: int, ceiling: int) -> FirmQuantity:
    return FirmQuantity(uuid.uuid4(), quantity, ceiling)


def decide(listed: list[Tier], firm: list[FirmQuantity], minimum: int = 1) -> Decision:
    return solving.solve(solving.freeze("Round", listed, firm, minimum, UNITS))


def at_random(chance: random.Random, most_trusts: int = 9) -> Asked:
    """A round in which many ceilings are exactly a price, so that ties are common."""
    count = chance.randint(1, 5)
    thresholds = sorted(chance.sample(range(1, 300), count))
    prices = sorted(chance.sample(range(1, 40), count), reverse=True)
    firm = [
        FirmQuantity(
            uuid.UUID(int=chance.getrandbits(128)),
            chance.randint(1, 80),
            chance.choice(prices) if chance.random() < 0.4 else chance.randint(1, 42),
        )
        for _ in range(chance.randint(0, most_trusts))
    ]
    listed = [Tier(*pair) for pair in zip(thresholds, prices, strict=True)]
    return listed, firm, chance.choice([1, 1, chance.randint(1, 250)])


def test_the_engine_serves_those_whom_the_lowest_price_that_is_reached_serves() -> None:
    chance, ties = random.Random(3), 0
    for _ in range(ROUNDS):
        listed, firm, minimum = at_random(chance)
        expected, made = lowest_reached(listed, firm, minimum), decide(listed, firm, minimum)
        assert (made.price_pence, made.served) == (expected.price_pence, expected.served)
        assert made.value_pence == made.bound_pence == expected.surplus_pence
        assert made.violations == ()
        ties += any(one.ceiling_pence == made.price_pence for one in firm)
    assert ties > 100, "rounds in which somebody's ceiling is the price are among them"


def test_no_set_of_trusts_at_any_price_is_better() -> None:
    chance = random.Random(4)
    for _ in range(200):
        listed, firm, minimum = at_random(chance, most_trusts=6)
        made = decide(listed, firm, minimum)
        units = sum(one.quantity for one in firm if one.id in made.served)
        assert (made.value_pence, units, -(made.price_pence or 0)) == brute_force(listed, firm, minimum)


def test_a_round_of_thousands_is_decided_alike() -> None:
    chance = random.Random(5)
    firm = [
        a_firm(chance.randint(1, 80), chance.choice([399, 400, 420, 450, 470, 500])) for _ in range(3_000)
    ]
    for listed in (LAPTOPS, [Tier(1, 500), Tier(90_000, 450), Tier(119_000, 400)]):
        expected, made = lowest_reached(listed, firm, 1), decide(listed, firm)
        assert (made.price_pence, made.served) == (expected.price_pence, expected.served)
        assert made.value_pence == made.bound_pence


def test_the_order_of_the_input_never_matters() -> None:
    chance = random.Random(6)
    for _ in range(30):
        listed, firm, minimum = at_random(chance)
        before = solving.freeze("Round", listed, firm, minimum, UNITS)
        chance.shuffle(listed)
        chance.shuffle(firm)
        assert solving.freeze("Round", listed, firm, minimum, UNITS) == before


def test_whoever_offers_exactly_the_price_is_served_even_where_everybody_does() -> None:
    firm = [a_firm(60, 450), a_firm(60, 450)]
    made = decide([Tier(100, 450)], firm)
    assert (made.price_pence, made.value_pence, len(made.served)) == (450, 0, 2)
    assert solving.gap(made.value_pence, made.bound_pence) == 0.0


def test_the_minimum_of_a_round_is_reached_by_those_who_pay() -> None:
    firm = [a_firm(80, 500), a_firm(20, 399)]
    assert decide(LAPTOPS, firm, 80).price_pence == 500
    assert decide(LAPTOPS, firm, 81).price_pence is None
    assert decide(LAPTOPS, [a_firm(150, 500)], 150).price_pence == 450


def test_nothing_is_decided_where_nobody_is_firm() -> None:
    made = decide(LAPTOPS, [])
    assert (made.price_pence, made.served, made.reasons, made.violations) == (None, frozenset(), {}, ())


def test_a_case_is_the_same_after_it_was_kept_as_json() -> None:
    case = solving.freeze("Round", LAPTOPS, [a_firm(60, 500), a_firm(70, 420)], 5, UNITS)
    assert Case.of(json.loads(json.dumps(case.document()))) == case


def test_the_digest_holds_the_figures_and_cannot_be_guessed_without_its_salt() -> None:
    one = a_firm(60, 500)
    case = solving.freeze("Round", LAPTOPS, [one], 1, UNITS)
    other = solving.freeze("Round", LAPTOPS, [FirmQuantity(one.id, 60, 501)], 1, UNITS)
    published = solving.digest(case, "salt")
    assert solving.is_sealed(case, "salt", published)
    assert not solving.is_sealed(other, "salt", published)
    assert not solving.is_sealed(case, "", published)
    assert not solving.is_sealed(Case({}, (), UNITS), "salt", published)


def told(listed: list[Tier], firm: list[FirmQuantity], minimum: int = 1) -> list[str]:
    made = decide(listed, firm, minimum)
    return [made.reasons[one.id] for one in firm]


def test_who_is_served_reads_how_far_below_its_ceiling() -> None:
    assert told(LAPTOPS, [a_firm(1, 520), a_firm(1_000, 400)]) == [
        "Served in full: 1 laptop at £4.00, £1.20 below your ceiling of £5.20.",
        "Served in full: 1,000 laptops at £4.00, which is your ceiling.",
    ]


def test_who_is_not_served_reads_what_kept_it_out() -> None:
    _, short, below = told(LAPTOPS, [a_firm(150, 460), a_firm(20, 430), a_firm(5, 390)])
    assert short == (
        "The awarded price, £4.50, is £0.20 above your ceiling of £4.30. "
        "No price within your ceiling of £4.30 had the quantity that it needs from trusts that accept it."
    )
    assert below == (
        "The awarded price, £4.50, is £0.60 above your ceiling of £3.90. "
        "Your ceiling of £3.90 is £0.10 below the lowest price on the list, £4.00."
    )


def test_without_an_award_everybody_reads_which_quantity_was_short() -> None:
    assert told([Tier(100, 450)], [a_firm(99, 500)]) == [
        "No price within your ceiling of £5.00 had the quantity that it needs from trusts that accept it."
    ]
    assert told(LAPTOPS, [a_firm(60, 500)], 61) == [
        "No price within your ceiling of £5.00 had the quantity that it needs from trusts that accept it."
    ]


def test_everybody_is_told_by_one_of_three_reasons() -> None:
    """The others are about several suppliers, regions, quality or rules: no round on one list has them."""
    chance, starts = random.Random(7), ("Served in full: ", "No price within your ceiling", "Your ceiling of")
    for _ in range(200):
        listed, firm, minimum = at_random(chance)
        made = decide(listed, firm, minimum)
        assert made.reasons.keys() == {one.id for one in firm}
        for one in firm:
            reason = made.reasons[one.id]
            price = made.price_pence
            if one.id not in made.served and price is not None:
                assert reason.startswith("The awarded price")
                reason = reason.partition(". ")[2]
            assert reason.startswith(starts)
            assert reason.startswith("Served") == (one.id in made.served)


@pytest.mark.parametrize("code", set(Code) - {Code.SERVED, Code.TIER_SHORT, Code.PRICE_ABOVE_CEILING})
def test_any_other_reason_is_told_in_the_engines_words(code: Code) -> None:
    assert solving.why(Reason(code, 0, "Its words."), None, (5, 400), UNITS) == "Its words."
