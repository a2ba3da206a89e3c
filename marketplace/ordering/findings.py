"""What the rules say about an order before it binds: related parties, VAT and thresholds, with citations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.catalogue.models import Listing
from marketplace.catalogue.pricing import priced
from marketplace.contracts.models import Contract
from marketplace.interests.graph import Path
from marketplace.interests.relating import related
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound
from marketplace.ordering.counting import charges_of
from marketplace.ordering.models import Order
from marketplace.regulations import procurement, related_parties, rules, vat
from marketplace.regulations.findings import Finding
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import BUYERS, OrganisationKind
from marketplace.trusts.models import Organisation

ACADEMIES = frozenset({OrganisationKind.MULTI_ACADEMY_TRUST, OrganisationKind.SINGLE_ACADEMY_TRUST})
"""To whom the Academy trust handbook applies."""
LIGHT_TOUCH = frozenset(
    {
        Category.CURRICULUM,
        Category.PROFESSIONAL_DEVELOPMENT,
        Category.SEND,
        Category.EXCLUSIONS,
        Category.SCHOOL_IMPROVEMENT,
    }
)
"""Education and training services; everything else has the lower threshold."""
NOT_SHOWN = frozenset({"others-below-threshold", "schools-payments"})
"""Findings of a deal that tell the buyer of an order nothing: no trust does anything by them."""


@dataclass(frozen=True)
class OrderFindings:
    """How buyer and seller are related (shortest paths), and what each rule says of the order.

    `related_parties` is empty when they are not, or when the buyer is no academy trust.
    """

    paths: Sequence[Path]
    related_parties: Sequence[Finding]
    vat: Sequence[Finding]
    procurement: Sequence[Finding]

    @property
    def rows(self) -> list[tuple[str, Finding]]:
        """Every finding with what it is about."""
        groups = (
            ("related-parties", self.related_parties),
            ("vat", self.vat),
            ("procurement", self.procurement),
        )
        return [(about, finding) for about, found in groups for finding in found]

    @property
    def recorded(self) -> dict[str, Any]:
        """For the audit: rules and figures; the people between stay in the registers."""
        return {
            "related_by_paths": len(self.paths),
            "rules": [f"{about}: {finding.rule}" for about, finding in self.rows],
        }


def findings_of(session: Session, actor: Actor, order: Any) -> OrderFindings:
    """What the rules of today say about an order (an Order or its row); NotFound to all but its buyer."""
    if order.buyer_id != actor.organisation_id:
        raise NotFound
    today = clock.today()
    seller = session.get_one(Organisation, order.seller_id)
    paths = related(session, order.buyer_id, order.seller_id, today)
    return OrderFindings(
        paths=paths,
        related_parties=_related_parties(session, actor, order, seller, today) if paths else (),
        vat=(_vat(order.vat_treatment, seller, today),),
        procurement=_procurement(session, order, today),
    )


def record_shown(session: Session, actor: Actor, order: Order) -> None:
    """Keep in the buyer's record what an approver was shown."""
    access.record(session, actor, "see-findings", order, after=findings_of(session, actor, order).recorded)


def _related_parties(
    session: Session, actor: Actor, order: Any, seller: Organisation, on: date
) -> Sequence[Finding]:
    if actor.kind not in ACADEMIES:
        return ()
    before = _agreed_pence(session, order, on)
    return related_parties.findings(_sells_as(seller), order.net_pence, on, before)


def _sells_as(seller: Organisation) -> related_parties.Seller:
    state_funded = seller.kind in BUYERS and "independent" not in (seller.establishment_type or "").lower()
    return related_parties.Seller.STATE_FUNDED if state_funded else related_parties.Seller.FIRM


def _agreed_pence(session: Session, order: Any, on: date) -> int:
    """What the buyer agreed with the seller before, net, in the year to 31 August."""
    first, _ = related_parties.year_of(on)
    since = datetime.combine(first, time(), clock.LONDON).astimezone(UTC)
    statement = sa.select(sa.func.coalesce(sa.func.sum(Contract.net_pence), 0)).where(
        Contract.buyer_id == order.buyer_id,
        Contract.supplier_id == order.seller_id,
        Contract.created_at >= since,
        Contract.source_id != order.id,
    )
    return int(session.scalar(statement) or 0)


def _vat(treatment: VatTreatment, seller: Organisation, on: date) -> Finding:
    """How the seller's treatment stands to the rules; what exactly it supplies only the two of them know."""
    eligible = seller.kind in BUYERS or seller.kind is OrganisationKind.LOCAL_AUTHORITY
    if treatment is VatTreatment.STANDARD:
        return rules.rule("vat-standard-rate", on).says(
            "If the seller is registered for VAT it charges 20%; if not, none. An academy or a local "
            "authority can reclaim VAT on what is not for its business; on what it sells on, it cannot."
        )
    if treatment is VatTreatment.EXEMPT and eligible:
        party = vat.Party.ELIGIBLE_BODY
        exempt = vat.treatment(vat.Supply.TEACHING_STAFF, party, party, on).finding
        return rules.rule(exempt.rule, on).says(
            "The seller treats this as exempt from VAT. Teaching staff and vocational training are exempt "
            "between schools and trusts; administrative and other staff are taxed at 20%. Check which it is."
        )
    name = "exempt" if treatment is VatTreatment.EXEMPT else "free of VAT"
    return rules.rule("vat-standard-rate", on).says(
        f"The seller treats this as {name}. Services are taxed at 20% unless an exemption is named: ask the "
        "seller for its reason."
    )


def _procurement(session: Session, order: Any, on: date) -> Sequence[Finding]:
    """Threshold and band of the order alone, with VAT, as if its procurement started today."""
    category = session.scalar(sa.select(Listing.category).where(Listing.id == order.listing_id))
    kind = procurement.Kind.LIGHT_TOUCH if category in LIGHT_TOUCH else procurement.Kind.SERVICES
    value = sum(charge.gross_pence for charge in priced(charges_of(order), order.vat_treatment))
    found = procurement.deal(kind, value, on).findings
    return tuple(finding for finding in found if finding.rule not in NOT_SHOWN)
