"""Whom another site's word lets in.

An account there belongs to a person here by the issuer's own name for it (issuer and subject). Somebody
signed in links theirs. Without a link, the first use makes one by the e-mail address only when the provider
says that it checked the address and the operator set that provider for that mail domain: whoever runs another
site could else name any address as theirs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound, Refused
from marketplace.kernel.identity_providers import IdentityProvider
from marketplace.people import factor_changes
from marketplace.people.factor_models import Identity
from marketplace.people.models import Person
from marketplace.people.providers import Claim


class NoAccount(DomainError):
    """Nobody here is known by that account; whether the address is known is not said."""

    code = "no-account"
    status = 403

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(f"Your {provider.name} account is linked to nobody at Sharewell.")


def person_of(session: Session, provider: IdentityProvider, claim: Claim) -> uuid.UUID:
    """Who may come in by a claim, linked on its first use if the rule allows; NoAccount."""
    identity = _find(session, claim)
    if identity is None:
        identity = _link(session, _by_address(session, provider, claim), provider, claim)
    identity.last_used_at = clock.now()
    return identity.person_id


def link(session: Session, person_id: uuid.UUID, provider: IdentityProvider, claim: Claim) -> None:
    """Link an account to who is signed in; Refused when it is another's here."""
    known = _find(session, claim)
    if known is None:
        _link(session, person_id, provider, claim)
    elif known.person_id != person_id:
        raise Refused(f"This {provider.name} account is linked to somebody else at Sharewell.")


def unlink(session: Session, person_id: uuid.UUID, identity_id: uuid.UUID, names: Mapping[str, str]) -> None:
    """End a link; NotFound when it is another's. `names` are what people call the issuers."""
    found = session.get(Identity, identity_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    session.delete(found)
    session.flush()
    what = f"Your {names.get(found.issuer, found.issuer)} account was unlinked"
    factor_changes.tell(session, person_id, "identity-unlinked", what)


def of_person(session: Session, person_id: uuid.UUID) -> list[Identity]:
    """The accounts that are linked to a person."""
    mine = sa.select(Identity).where(Identity.person_id == person_id).order_by(Identity.id)
    return list(session.scalars(mine))


def _find(session: Session, claim: Claim) -> Identity | None:
    named = sa.select(Identity).where(Identity.issuer == claim.issuer, Identity.subject == claim.subject)
    return session.scalars(named).one_or_none()


def _by_address(session: Session, provider: IdentityProvider, claim: Claim) -> uuid.UUID:
    if claim.email is None or not claim.is_email_sure:
        raise NoAccount(provider)
    if claim.email.rpartition("@")[2] not in provider.domains:
        raise NoAccount(provider)
    found = session.scalar(sa.select(Person.id).where(Person.email == claim.email))
    if found is None:
        raise NoAccount(provider)
    return found


def _link(session: Session, person_id: uuid.UUID, provider: IdentityProvider, claim: Claim) -> Identity:
    identity = Identity(person_id=person_id, issuer=claim.issuer, subject=claim.subject)
    session.add(identity)
    session.flush()
    what = f"Your {provider.name} account can sign you in"
    factor_changes.tell(session, person_id, "identity-linked", what)
    return identity
