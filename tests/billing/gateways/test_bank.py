"""The bank gateway instructs; it never says that something is paid."""

from __future__ import annotations

import uuid
from datetime import date

from billing.documents.payment_references import new_payment_reference
from billing.gateways.bank import BankGateway
from billing.gateways.port import Command, Gateway, Outcome, PaymentRequest
from marketplace.kernel import clock

BANK: Gateway = BankGateway()
DAY = date(2027, 4, 1)


def a_command() -> Command:
    return Command(uuid.uuid4(), "pay:1", "f" * 64, clock.now())


def a_request(reference: str) -> PaymentRequest:
    ids = [uuid.uuid4() for _ in range(4)]
    return PaymentRequest(
        ids[0], ids[1], 30_000, ids[2], ids[3], "Ash Trust", "123456", "12345678", reference, DAY
    )


def test_asking_for_payment_gives_the_instruction() -> None:
    reference = new_payment_reference()
    submission = BANK.request_payment(a_command(), a_request(reference))
    assert (submission.outcome, submission.ref) == (Outcome.ACCEPTED, reference)
    assert submission.instruction is not None
    assert (submission.instruction.amount_pence, submission.instruction.reference) == (30_000, reference)


def test_a_reference_whose_check_fails_is_declined() -> None:
    reference = new_payment_reference()
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
    assert BANK.request_payment(a_command(), a_request(wrong)).outcome is Outcome.DECLINED


def test_asking_no_longer_is_accepted() -> None:
    assert BANK.cancel_payment(a_command(), "SW1").outcome is Outcome.ACCEPTED


def test_the_same_line_of_a_statement_is_the_same_fact() -> None:
    seller = uuid.uuid4()
    first = BankGateway().received(seller, 100, DAY, "Beech  trust 77")
    for written in (
        "BEECH TRUST 77",
        "beech-trust/77",
        "Beech\u200btrust 77",
        "\uff22eech trust \uff17\uff17",
    ):
        assert BankGateway().received(seller, 100, DAY, written).external_id == first.external_id
    others = [
        BankGateway().received(uuid.uuid4(), 100, DAY, "Beech trust 77"),
        BankGateway().received(seller, 101, DAY, "Beech trust 77"),
        BankGateway().received(seller, 100, date(2027, 4, 2), "Beech trust 77"),
        BankGateway().received(seller, 100, DAY, "Beech trust 78"),
    ]
    assert len({first.external_id, *(other.external_id for other in others)}) == 5
