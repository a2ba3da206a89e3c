"""What the rules say about an order, where its buyer decides about it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category, VatTreatment
from marketplace.catalogue.models import Listing
from marketplace.interests.kinds import InterestKind
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import NotFound, NotPermitted
from marketplace.ordering import services
from marketplace.ordering.findings import OrderFindings, findings_of
from marketplace.ordering.models import Order
from marketplace.regulations.related_parties import year_of
from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.models import Organisation
from tests.factories.interests import a_declared_person, an_interest, declares
from tests.factories.ordering import Market, a_draft, a_market, a_sent_order
from tests.factories.trusts import bearer, signed_in


@pytest.fixture
def market(session: Session) -> Market:
    """Every order waits for approval."""
    return a_market(session, limit_pence=0)


def relate(session: Session, market: Market) -> None:
    buyer = session.get_one(Organisation, market.buyer.organisation_id)
    seller = session.get_one(Organisation, market.seller.organisation_id)
    an_interest(session, a_declared_person(session, buyer), seller)


def found(session: Session, market: Market, order: Order) -> OrderFindings:
    return findings_of(session, market.buyer, order)


def rules(about: str, findings: OrderFindings) -> list[str]:
    return [finding.rule for group, finding in findings.rows if group == about]


def test_strangers_are_no_related_parties(session: Session, market: Market) -> None:
    findings = found(session, market, a_draft(session, market))
    assert (findings.paths, rules("related-parties", findings)) == ([], [])


def test_a_related_trust_is_reported_and_needs_no_approval(session: Session, market: Market) -> None:
    relate(session, market)
    findings = found(session, market, a_draft(session, market))
    assert "Jane Smith is trustee of" in findings.paths[0].sentence
    assert rules("related-parties", findings) == ["related-party-report", "related-party-state-funded"]


@pytest.mark.parametrize(("quantity", "is_over"), [(5, False), (51, True)])
def test_a_related_firm_needs_approval_above_40_000(
    session: Session, market: Market, quantity: int, is_over: bool
) -> None:
    relate(session, market)
    session.get_one(Organisation, market.seller.organisation_id).kind = OrganisationKind.SUPPLIER
    draft = a_draft(session, market, quantity=2)
    draft.net_pence = quantity * 79_500
    findings = found(session, market, draft)
    expected = ["related-party-report", "related-party-approval", "related-party-at-cost"]
    assert rules("related-parties", findings) == expected
    said = findings.related_parties[1].sentence
    assert ("DfE must approve it before" in said) is is_over


def test_what_was_agreed_with_the_same_firm_this_year_is_added_up(session: Session, market: Market) -> None:
    relate(session, market)
    session.get_one(Organisation, market.seller.organisation_id).kind = OrganisationKind.SUPPLIER
    alone = found(session, market, a_draft(session, market)).related_parties[2].sentence
    assert "£1,590.00 with this party" in alone
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    services.accept_order(session, market.seller, order.id)
    both = found(session, market, a_draft(session, market)).related_parties[2].sentence
    assert "£3,180.00 with this party" in both
    assert f"{year_of(order.starts_on)[1]:%Y}" in both


def test_a_maintained_school_is_shown_the_path_and_no_rule_for_academies(
    session: Session, market: Market
) -> None:
    relate(session, market)
    buyer = replace(market.buyer, kind=OrganisationKind.SCHOOL)
    findings = findings_of(session, buyer, a_draft(session, market))
    assert (len(findings.paths), rules("related-parties", findings)) == (1, [])


@pytest.mark.parametrize(
    ("treatment", "kind", "rule", "said"),
    [
        (VatTreatment.STANDARD, OrganisationKind.SUPPLIER, "vat-standard-rate", "If the seller"),
        (
            VatTreatment.EXEMPT,
            OrganisationKind.SCHOOL,
            "vat-teaching-staff",
            "administrative and other staff",
        ),
        (VatTreatment.EXEMPT, OrganisationKind.SUPPLIER, "vat-standard-rate", "ask the seller"),
        (VatTreatment.OUTSIDE, OrganisationKind.SCHOOL, "vat-standard-rate", "free of VAT"),
    ],
)
def test_the_sellers_vat_treatment_is_held_against_the_rules(
    session: Session, market: Market, treatment: VatTreatment, kind: OrganisationKind, rule: str, said: str
) -> None:
    draft = a_draft(session, market)
    draft.vat_treatment = treatment
    session.get_one(Organisation, market.seller.organisation_id).kind = kind
    findings = found(session, market, draft)
    assert rules("vat", findings) == [rule]
    assert said in findings.vat[0].sentence


def test_the_threshold_is_that_of_what_is_bought(session: Session, market: Market) -> None:
    draft = a_draft(session, market)
    session.get_one(Listing, market.listing_id).category = Category.FINANCE
    assert rules("procurement", found(session, market, draft))[:2] == [
        "threshold-goods-and-services",
        "low-value",
    ]
    session.get_one(Listing, market.listing_id).category = Category.CURRICULUM
    session.flush()
    assert rules("procurement", found(session, market, draft))[0] == "threshold-light-touch"


def test_the_value_that_is_tested_has_vat(session: Session, market: Market) -> None:
    draft = a_draft(session, market)
    draft.vat_treatment = VatTreatment.STANDARD
    assert found(session, market, draft).procurement[0].sentence.startswith("£1,908.00 with VAT")


def test_nobody_but_the_buyer_sees_them(session: Session, market: Market) -> None:
    draft = a_draft(session, market)
    for other in (market.seller, market.stranger):
        with pytest.raises(NotFound):
            findings_of(session, other, draft)


def test_what_the_approver_was_shown_stands_in_the_record_without_names(
    session: Session, market: Market
) -> None:
    relate(session, market)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    session.commit()
    seen = sa.select(AuditEntry).where(AuditEntry.action == "see-findings")
    entry = session.scalars(seen).one()
    assert entry.organisation_id == market.buyer.organisation_id
    assert entry.after["related_by_paths"] == 1
    assert "related-parties: related-party-report" in entry.after["rules"]
    assert "Jane" not in str(entry.after)


def test_pages_show_the_path_before_sending_and_before_approving(
    app: Flask, session: Session, market: Market
) -> None:
    relate(session, market)
    draft = a_draft(session, market)
    check = signed_in(app, session, market.buyer).get(f"/orders/{draft.id}/check").text
    services.submit_order(session, market.buyer, draft.id)
    approval = signed_in(app, session, market.approver).get(f"/orders/{draft.id}/approval").text
    for page in (check, approval):
        assert "Your trust and the seller are related parties." in page
        assert "Jane Smith is trustee of" in page
        assert re.search(r"Report the transaction to DfE.*?academy-trust-handbook", page, re.DOTALL)
        assert "not legal advice" in page


def test_json_shows_them_to_the_buyer_alone(app: Flask, session: Session, market: Market) -> None:
    relate(session, market)
    order = a_sent_order(session, market)
    services.approve_order(session, market.approver, order.id)
    address = f"/api/orders/{order.id}"
    bought = app.test_client().get(address, headers=bearer(session, market.buyer)).json
    sold = app.test_client().get(address, headers=bearer(session, market.seller)).json
    assert bought is not None
    assert sold is not None
    assert bought["related_parties"][0].startswith("Jane Smith is trustee of")
    report = bought["findings"][0]
    assert (report["about"], report["rule"], report["sure"]) == (
        "related-parties",
        "related-party-report",
        "high",
    )
    assert (sold["related_parties"], sold["findings"]) == ([], [])


def test_a_councillor_cannot_approve_an_order_from_their_council(session: Session, market: Market) -> None:
    seller = session.get_one(Organisation, market.seller.organisation_id)
    seller.kind = OrganisationKind.LOCAL_AUTHORITY
    order = a_sent_order(session, market)
    declares(session, market.approver, seller, kind=InterestKind.AUTHORITY)
    with pytest.raises(NotPermitted, match="another person must decide"):
        services.approve_order(session, market.approver, order.id)
    assert order.placed_at is None


def test_a_councillor_is_told_why_and_is_not_asked_to_approve(
    app: Flask, session: Session, market: Market
) -> None:
    seller = session.get_one(Organisation, market.seller.organisation_id)
    seller.kind = OrganisationKind.LOCAL_AUTHORITY
    order = a_sent_order(session, market)
    browser = signed_in(app, session, market.approver)
    path = f"/orders/{order.id}/approval"
    assert f"Approve {order.reference}" in browser.get("/").text
    assert "Approve and place order" in browser.get(path).text
    declares(session, market.approver, seller, kind=InterestKind.AUTHORITY)
    assert f"Approve {order.reference}" not in browser.get("/").text
    page = browser.get(path).text
    assert "another person must decide about what" in page
    assert "Approve and place order" not in page
    assert "Send back" in page
