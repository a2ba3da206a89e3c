"""Joining a round: commit, change, withdraw, and the second person's approval.

Every one of them locks the round first, so that committing and closing happen one after the other, and reads
the clock under that lock: what comes at the closing instant or later is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.aggregation import services, tiers
from marketplace.aggregation.hands import add_hand, forget_hands, hands_of
from marketplace.aggregation.models import Commitment, PurchaseRequest, Round
from marketplace.aggregation.services import require_buyer
from marketplace.aggregation.states import (
    CommitmentMove,
    CommitmentState,
    RequestMove,
    RoundState,
    move_commitment,
    move_request,
)
from marketplace.catalogue import pricing
from marketplace.catalogue.kinds import CATEGORY_WORDS, VAT_RATES_BP, Cadence
from marketplace.delegation import deciding, undertaking, wording
from marketplace.delegation import queries as delegation
from marketplace.delegation.deciding import Decision
from marketplace.delegation.kinds import UndertakingSource
from marketplace.delegation.spreading import Part
from marketplace.delegation.undertaking import NOTHING_SAID, Asked, Given, Said
from marketplace.interests.barring import check_not_barred
from marketplace.kernel import clock, money
from marketplace.kernel.database import new_id
from marketplace.kernel.errors import Conflict, InvalidState, NotFound, NotPermitted, Refused
from marketplace.notifications.services import Message, tell, tell_people
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

APPROVING = (Role.APPROVER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Promise:
    """What a trust commits to: whole units at any price up to the ceiling (pence a unit, net).

    `baseline_pence` is today's unit price, None when there is none; it is approved with the rest and frozen
    for the saving.
    """

    quantity: int
    ceiling_pence: int
    baseline_pence: int | None = None
    po_number: str | None = None
    purchase_request_id: uuid.UUID | None = None
    cost_centre_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Figures:
    """What a second person approves: what it binds to, who pays, and the price that its saving is against."""

    quantity: int
    ceiling_pence: int
    baseline_pence: int | None
    cost_centre_id: uuid.UUID | None = None

    @classmethod
    def of(cls, commitment: Commitment) -> Figures:
        """As they stand now."""
        return cls(
            commitment.quantity,
            commitment.ceiling_pence,
            commitment.baseline_pence,
            commitment.cost_centre_id,
        )


@dataclass(frozen=True)
class Binding:
    """What a promise binds a trust to, before it is made, and what its scheme of delegation says."""

    most_net_pence: int
    most_vat_pence: int
    needs_approval: bool
    sentences: Sequence[str] = ()

    @property
    def most_gross_pence(self) -> int:
        """With VAT as the supplier treats it today."""
        return self.most_net_pence + self.most_vat_pence


def weigh(session: Session, actor: Actor, round_id: uuid.UUID, promise: Promise) -> Binding:
    """What a promise would bind the actor's trust to; refused as `commit` would refuse it."""
    require_buyer(actor)
    round_ = session.get(Round, round_id)
    if round_ is None:
        raise NotFound
    _check(session, actor, round_, promise)
    known = _own(session, actor, round_.id)
    source_id = new_id() if known is None else known.id
    net_pence = _most_net_pence(session, round_, promise)
    asked = _asked(round_, source_id, net_pence, promise.cost_centre_id)
    ruling = undertaking.weigh(session, actor.organisation_id, asked)
    names = delegation.names(session, actor.organisation_id)
    centre = names.get(promise.cost_centre_id, "") if promise.cost_centre_id else ""
    said = wording.sentences(ruling, names, centre, "This commitment")
    return Binding(net_pence, _vat(round_, net_pence), ruling.approvals > 0, said)


def cost_of(session: Session, actor: Actor, round_: Round, net_pence: int) -> Binding:
    """What a sum that waits for approval means to the actor's trust: VAT as the supplier treats it."""
    return Binding(net_pence, _vat(round_, net_pence), needs_approval=True)


def decision_of(session: Session, actor: Actor, commitment_id: uuid.UUID) -> Decision | None:
    """Where the approval of the actor's commitment stands; None when none is asked for."""
    wrote = hands_of(session, [commitment_id])[commitment_id]
    return deciding.decision(session, actor, UndertakingSource.COMMITMENT, commitment_id, wrote)


def check_decider(session: Session, actor: Actor, commitment_id: uuid.UUID) -> None:
    """NotFound unless it is the actor's trust's own, NotPermitted unless they may decide about it."""
    access.own(session, Commitment, commitment_id, Commitment.trust_id, acting=actor)
    found = decision_of(session, actor, commitment_id)
    if found is None or found.mine is None:
        access.require(actor, *APPROVING)


def _vat(round_: Round, net_pence: int) -> int:
    return money.vat(net_pence, VAT_RATES_BP[round_.vat_treatment])


def _asked(round_: Round, source_id: uuid.UUID, net_pence: int, cost_centre_id: uuid.UUID | None) -> Asked:
    """What a trust undertakes to spend at the most, spread over the days of the contract."""
    charged = pricing.charges(Cadence.ONCE, net_pence, 1, round_.starts_on, round_.months)
    return Asked(
        source=UndertakingSource.COMMITMENT,
        source_id=source_id,
        supplier_id=round_.supplier_id,
        category=CATEGORY_WORDS[round_.category],
        title=f"{round_.reference} {round_.title}",
        path=f"/rounds/{round_.id}",
        parts=[Part(one.starts_on, one.ends_on, one.net_pence) for one in charged],
        cost_centre_id=cost_centre_id,
    )


def commit(session: Session, actor: Actor, round_id: uuid.UUID, promise: Promise) -> Commitment:
    """Commit the actor's trust, firmly or, above its limit, once a second person approves.

    Conflict when the trust has committed already: that commitment is changed instead.
    """
    require_buyer(actor)
    round_ = services.lock_round(session, round_id)
    _check(session, actor, round_, promise)
    known = _own(session, actor, round_.id)
    if known is not None and known.state in services.LIVE:
        raise Conflict("Your trust has committed to this round already. Change its commitment instead.")
    commitment = known or Commitment(
        round_id=round_.id,
        trust_id=actor.organisation_id,
        quantity=promise.quantity,
        ceiling_pence=promise.ceiling_pence,
        state=CommitmentState.WITHDRAWN,  # not in the pool until it is settled below
        requested_by_id=actor.person_id,
    )
    before = {} if known is None else _recorded(commitment)
    session.add(commitment)
    if known is not None:
        forget_hands(session, known)
    _settle(session, actor, round_, commitment, promise)
    _record(session, actor, commitment, before)
    return commitment


def change(session: Session, actor: Actor, round_id: uuid.UUID, promise: Promise) -> Commitment:
    """Change the actor's commitment before the close; above the limit new figures are approved anew."""
    require_buyer(actor)
    round_ = services.lock_round(session, round_id)
    _check(session, actor, round_, promise)
    commitment = _live(session, actor, round_.id)
    before = _recorded(commitment)
    _settle(session, actor, round_, commitment, promise)
    _record(session, actor, commitment, before)
    return commitment


def revise(
    session: Session, actor: Actor, round_id: uuid.UUID, commitment_id: uuid.UUID, changes: Mapping[str, Any]
) -> Commitment:
    """Change what is named of the actor's own commitment and keep the rest; NotFound for another's.

    What is kept is read under the round's lock: of two changes at once neither undoes the other.
    """
    commitment = _locked(session, actor, services.lock_round(session, round_id), commitment_id)
    kept = {name: getattr(commitment, name) for name in Promise.__dataclass_fields__}
    return change(session, actor, round_id, Promise(**{**kept, **changes}))


def put(session: Session, actor: Actor, round_id: uuid.UUID, promise: Promise) -> Commitment:
    """Commit, or change what the actor's trust has committed: whichever there is to do."""
    known = _own(session, actor, services.lock_round(session, round_id).id)
    if known is not None and known.state in services.LIVE:
        return change(session, actor, round_id, promise)
    return commit(session, actor, round_id, promise)


def withdraw(
    session: Session, actor: Actor, round_id: uuid.UUID, commitment_id: uuid.UUID | None = None
) -> Commitment:
    """Take the actor's commitment back before the close; an approver declines one in the same way."""
    access.require(actor, *services.BUYING, Role.APPROVER)
    round_ = services.lock_round(session, round_id)
    commitment = _live(session, actor, round_.id)
    if commitment_id not in {None, commitment.id}:
        raise NotFound
    _require_open(round_)
    commitment.state = move_commitment(commitment.state, CommitmentMove.WITHDRAW)
    services.come_to_nothing(session, commitment)
    access.record(session, actor, "withdraw", commitment)
    return commitment


def approve(
    session: Session,
    actor: Actor,
    round_id: uuid.UUID,
    commitment_id: uuid.UUID,
    seen: Figures,
    said: Said = NOTHING_SAID,
) -> Commitment:
    """Make a commitment firm with the last approval; NotPermitted to whoever wrote figures of it.

    Refused after the close. Conflict when the figures are not those that the approver has `seen`: they
    bind nobody unread.
    """
    check_decider(session, actor, commitment_id)
    round_ = services.lock_round(session, round_id)
    commitment = _locked(session, actor, round_, commitment_id)
    _require_open(round_)
    check_not_barred(session, actor, round_.supplier_id)
    wrote = hands_of(session, [commitment.id])[commitment.id]
    if actor.person_id in wrote:
        raise NotPermitted("You asked for this commitment or changed it, so another person must approve it.")
    approved = move_commitment(commitment.state, CommitmentMove.APPROVE)
    if Figures.of(commitment) != seen:
        raise Conflict("This commitment changed since you opened it. Look at it again before you approve.")
    given = undertaking.approve(session, actor, UndertakingSource.COMMITMENT, commitment.id, wrote, said)
    if given.missing:
        _ask_the_next(session, actor, round_, commitment, given)
        return commitment
    commitment.state, commitment.approved_by_id = approved, actor.person_id
    access.record(session, actor, "approve", commitment, after=_recorded(commitment))
    _tell_buyers(session, round_, commitment)
    return commitment


def _tell_buyers(session: Session, round_: Round, commitment: Commitment) -> None:
    text = f"Your trust's commitment to {round_.title} is approved and counts in the round."
    key = f"commitment-approved:{commitment.id}:{clock.now().isoformat()}"
    tell(
        session,
        commitment.trust_id,
        (Role.BUYER,),
        Message(key, f"Approved: {round_.reference}", text, f"/rounds/{round_.id}"),
    )


def _settle(session: Session, actor: Actor, round_: Round, commitment: Commitment, promise: Promise) -> None:
    """Write the promise into the commitment and decide whether a second person must approve it."""
    known = Figures.of(commitment)
    if promise.cost_centre_id not in {None, known.cost_centre_id}:
        undertaking.check_own_cost_centre(session, actor.organisation_id, promise.cost_centre_id)
    commitment.cost_centre_id = promise.cost_centre_id
    _join_request(session, actor, round_, commitment, promise.purchase_request_id)
    commitment.quantity, commitment.ceiling_pence = promise.quantity, promise.ceiling_pence
    commitment.baseline_pence, commitment.po_number = promise.baseline_pence, promise.po_number
    same = Figures.of(commitment) == known  # a new PO number alone needs no new approval
    if not (same and commitment.state in services.LIVE):
        _ask(session, actor, round_, commitment, _most_net_pence(session, round_, promise))
    session.flush()


def _ask(session: Session, actor: Actor, round_: Round, commitment: Commitment, net_pence: int) -> None:
    asked = _asked(round_, commitment.id, net_pence, commitment.cost_centre_id)
    approval = undertaking.ask(session, actor, asked).approvals > 0
    move = CommitmentMove.ASK_APPROVAL if approval else CommitmentMove.MAKE_FIRM
    commitment.state = move_commitment(commitment.state, move)
    commitment.requested_by_id, commitment.approved_by_id = actor.person_id, None
    add_hand(session, commitment, actor.person_id)
    commitment.reason = None
    if approval:
        _ask_approvers(session, actor, round_, commitment, net_pence)
    else:
        undertaking.take(session, UndertakingSource.COMMITMENT, commitment.id)


def _ask_approvers(
    session: Session, actor: Actor, round_: Round, commitment: Commitment, net_pence: int
) -> None:
    subject = f"Approve by {round_.closes_on:%-d %B}: {round_.reference}"
    text = (
        f"{actor.name} asks to commit {actor.organisation_name} to {round_.title}, at most "
        f"{money.pounds(net_pence)} excluding VAT. It counts in the round once you approve it."
    )
    key = f"commitment-to-approve:{round_.id}:{actor.organisation_id}:{clock.now().isoformat()}"
    message = Message(key, subject, text, f"/rounds/{round_.id}/approval")
    _tell_approvers(session, actor, commitment, message)


def _ask_the_next(
    session: Session, actor: Actor, round_: Round, commitment: Commitment, given: Given
) -> None:
    """The commitment waits on for a second, different person."""
    subject = f"Approve as the second person by {round_.closes_on:%-d %B}: {round_.reference}"
    text = f"{actor.name} approved our commitment to {round_.title}. A second person must approve it too."
    message = Message(
        f"commitment-approval:{given.approval.id}", subject, text, f"/rounds/{round_.id}/approval"
    )
    _tell_approvers(session, actor, commitment, message)
    access.record(session, actor, "approve-first", commitment, after={"missing": given.missing})


def _tell_approvers(session: Session, actor: Actor, commitment: Commitment, message: Message) -> None:
    """Everybody who may approve it now, with the rule that says so."""
    session.flush()
    found = decision_of(session, actor, commitment.id)
    if found is not None:
        text = "\n\n".join([message.text, *found.sentences])
        people = [one.person_id for one in found.may]
        tell_people(session, actor.organisation_id, people, replace(message, text=text))


def _join_request(
    session: Session, actor: Actor, round_: Round, commitment: Commitment, request_id: uuid.UUID | None
) -> None:
    """Tie the commitment to the trust's own open purchase request, and let go of another one."""
    if request_id is None or commitment.purchase_request_id == request_id:
        return
    services.reopen_request(session, commitment)
    request = access.own(
        session, PurchaseRequest, request_id, PurchaseRequest.trust_id, acting=actor, lock=True
    )
    if request.unit_plural.lower() != round_.unit_plural.lower():
        raise Refused(f"Your request counts {request.unit_plural}, this round {round_.unit_plural}.")
    request.state = move_request(request.state, RequestMove.JOIN)
    commitment.purchase_request_id = request.id


def _check(session: Session, actor: Actor, round_: Round, promise: Promise) -> None:
    """What a promise must keep to, whoever makes it and whenever."""
    _require_open(round_)
    if round_.supplier_id == actor.organisation_id:
        raise NotPermitted("The supplier of a round cannot buy in it.")
    fault = tiers.ceiling_fault(services.tiers_of(session, round_.id), promise.ceiling_pence, round_.unit)
    if fault is not None:
        raise Refused(fault, field="ceiling_pence")


def _most_net_pence(session: Session, round_: Round, promise: Promise) -> int:
    """What a promise may cost at the most, over its whole life, net."""
    listed = services.tiers_of(session, round_.id)
    return tiers.most_net_pence(listed, promise.quantity, promise.ceiling_pence)


def _require_open(round_: Round) -> None:
    if round_.state is not RoundState.GATHERING or clock.now() >= round_.closes_at:
        raise InvalidState("This round has closed: nothing in it can be changed any more.")


def _own(session: Session, actor: Actor, round_id: uuid.UUID) -> Commitment | None:
    statement = sa.select(Commitment).where(
        Commitment.round_id == round_id, Commitment.trust_id == actor.organisation_id
    )
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _live(session: Session, actor: Actor, round_id: uuid.UUID) -> Commitment:
    commitment = _own(session, actor, round_id)
    if commitment is None or commitment.state not in services.LIVE:
        raise NotFound("Your trust has no commitment to this round.")
    return commitment


def _locked(session: Session, actor: Actor, round_: Round, commitment_id: uuid.UUID) -> Commitment:
    """The actor's own commitment to a round that is locked, as it is now; else NotFound."""
    commitment = access.own(session, Commitment, commitment_id, Commitment.trust_id, acting=actor, lock=True)
    if commitment.round_id != round_.id:
        raise NotFound
    return commitment


def _record(session: Session, actor: Actor, commitment: Commitment, before: Mapping[str, object]) -> None:
    access.record(session, actor, "commit", commitment, before, _recorded(commitment))


def _recorded(commitment: Commitment) -> dict[str, object]:
    """For the trust's own audit chain."""
    return {"state": commitment.state.value, **vars(Figures.of(commitment))}
