"""Whether an organisation asks everybody who acts for it to have a second proof beside their password."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.database import Base, Identified, owned_by
from marketplace.kernel.errors import Refused
from marketplace.people import factors
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership


class SecondProofRule(Identified, Base):
    """The organisation asks for it while this row is there."""

    __tablename__ = "second_proof_rules"
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))


owned_by(SecondProofRule.__table__, "organisation_id")


@dataclass(frozen=True)
class Standing:
    """Since when an organisation asks for it (None: it does not), and who of its people has none yet."""

    since: datetime | None
    without: list[str]
    is_asker_without: bool
    """Whether the person who asks has none."""


def is_missing(session: Session, actor: Actor) -> bool:
    """Whether the actor's organisation asks for a second proof that the actor has not set up."""
    return _rule(session, actor) is not None and not factors.required(session, actor.person_id)


def standing(session: Session, actor: Actor) -> Standing:
    """How it stands at the actor's organisation, names in their order."""
    people = (
        sa.select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == actor.organisation_id)
        .distinct()
        .order_by(Person.name)
    )
    without = [one.name for one in session.execute(people) if not factors.required(session, one.id)]
    rule = _rule(session, actor)
    has_own = factors.required(session, actor.person_id)
    return Standing(rule.created_at if rule else None, without, not has_own)


def ask_everybody(session: Session, actor: Actor) -> None:
    """Ask for it from now on; Refused unless the administrator has one: nobody shuts themselves out."""
    access.require(actor, Role.ADMINISTRATOR)
    if not factors.required(session, actor.person_id):
        raise Refused("Set up a passkey or an authenticator app of your own first.")
    if _rule(session, actor) is None:
        rule = SecondProofRule(
            organisation_id=actor.organisation_id, person_id=actor.person_id, created_at=clock.now()
        )
        session.add(rule)
        session.flush()
        access.record(session, actor, "ask-for-second-proofs", rule)


def ask_nobody(session: Session, actor: Actor) -> None:
    """Ask for it no longer."""
    access.require(actor, Role.ADMINISTRATOR)
    rule = _rule(session, actor)
    if rule is not None:
        access.record(session, actor, "stop-asking-for-second-proofs", rule)
        session.delete(rule)
        session.flush()


def _rule(session: Session, actor: Actor) -> SecondProofRule | None:
    mine = sa.select(SecondProofRule).where(SecondProofRule.organisation_id == actor.organisation_id)
    return session.scalars(mine).one_or_none()
