"""Who may do what: a row for each route, kept by hand; test_matrix.py tries each as everybody.

A row says who is admitted at their own organisation, whose thing the address names, and what is answered
about another's. It repeats what the code decides on purpose: where the two differ somebody made a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.kernel import clock
from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class Who:
    """Who is admitted: people with one of the roles at an organisation, or more than these."""

    roles: frozenset[Role] = frozenset()
    everybody: bool = False
    any_person: bool = False
    operators: bool = False
    awaiting: bool = False
    """Whoever gave the first proof of who they are and owes the second."""


@dataclass(frozen=True)
class Thing:
    """What an identifier in an address names: a row of a table, and the columns of those it belongs to."""

    table: str
    parties: tuple[str, ...]
    identifier: str = "id"


@dataclass(frozen=True)
class Row:
    """What a route answers, and to whom."""

    who: Who
    parties: tuple[str, ...] | None = None
    """The columns of the thing whose organisations are admitted; every party unless some are named."""
    strangers: bool = False
    """Whether another organisation's people with the same roles are admitted too, as to a public thing."""
    kinds: str = "all"
    """Which organisations are admitted: all, trusts, suppliers."""
    where: str = ""
    """A condition in SQL on the thing, when not every one will do."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Parts of the address that are made up, so that 404 is an answer too."""
    tells_all: bool = False
    """Whether it tells what others may know, as the mailbox of a demonstration does."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What is sent besides the least that the API takes."""
    lost: bool = False
    """Whether 404 is an answer too, since what the body or the query names is not there."""


PUBLIC = Who(everybody=True)
PERSONS = Who(any_person=True)
MEMBERS = Who(frozenset(Role))
OPERATORS = Who(operators=True)
AWAITING = Who(awaiting=True)


def only(*roles: Role) -> Who:
    """Only people with one of these roles."""
    return Who(frozenset(roles))


ADMINISTRATOR = only(Role.ADMINISTRATOR)
FINANCE = only(Role.FINANCE)
SELLER = only(Role.SELLER)
BUYING = only(Role.ADMINISTRATOR, Role.BUYER)
SELLING = only(Role.ADMINISTRATOR, Role.SELLER)
APPROVING = only(Role.ADMINISTRATOR, Role.APPROVER)
COMMITTING = only(Role.ADMINISTRATOR, Role.APPROVER, Role.BUYER)
ORDERING_NUMBERS = only(Role.ADMINISTRATOR, Role.BUYER, Role.FINANCE)
OVERSEEING = only(Role.ADMINISTRATOR, Role.FINANCE)
RULING = only(Role.ADMINISTRATOR, Role.APPROVER, Role.FINANCE)

THINGS = {
    "order_id": Thing("orders", ("buyer_id", "seller_id")),
    "contract_id": Thing("contracts", ("buyer_id", "supplier_id")),
    "invoice_id": Thing("invoices", ("buyer_id", "seller_id")),
    "receipt_id": Thing("facts", ("seller_id",)),
    "listing_id": Thing("listings", ("seller_id",)),
    "round_id": Thing("rounds", ("lead_id",)),
    "commitment_id": Thing("commitments", ("trust_id",)),
    "request_id": Thing("purchase_requests", ("trust_id",)),
    "price_list_id": Thing("price_lists", ("supplier_id",)),
    "cost_centre_id": Thing("cost_centres", ("organisation_id",)),
    "stand_in_id": Thing("stand_ins", ("organisation_id",)),
    "declared_id": Thing("declared_people", ("organisation_id",)),
    "interest_id": Thing("interests", ("organisation_id",)),
    "place_id": Thing("waiting_places", ("buyer_id", "seller_id")),
    "file_id": Thing("capacity_uploads", ("organisation_id",)),
    "upload_id": Thing("interest_uploads", ("organisation_id",)),
    "partnership_id": Thing("partnerships", ("founder_id",)),
    "membership_id": Thing("partnership_memberships", ("organisation_id", "founder_id")),
    "organisation_id": Thing("organisations", ("id",)),
    "school_id": Thing("organisation_links", ("group_id",), "school_id"),
    "person_id": Thing("memberships", ("organisation_id",), "person_id"),
    "claim_id": Thing("claims", ("organisation_id",)),
    "invitation_id": Thing("invitations", ("organisation_id",)),
    "export_id": Thing("organisation_exports", ("organisation_id",)),
}
"""By the name of the part of the address. Where an address has two, the row named last decides."""

JOINED = (
    "EXISTS (SELECT 1 FROM commitments WHERE round_id = rounds.id AND trust_id = lead_id "
    "AND commitments.state IN ('firm', 'awaiting-approval')) AND state = 'gathering' "
    "AND closes_on >= CURRENT_DATE"
)
"""An open round that its lead has joined."""
PEOPLED = "organisation_id IN (SELECT organisation_id FROM memberships)"
"""Of an organisation that has people."""
PARTNER = "state = 'accepted' AND organisation_id <> founder_id"
"""A member that did not found the partnership."""
NOTHING = "00000000-0000-7000-8000-000000000000"
"""The identifier of nothing."""
NO_PLAN = {"plan_id": NOTHING}
THIS_YEAR = {"year": str(clock.today().year)}

A_RULE = {"kind": "each-month", "units": 1, "first_month": "2099-09", "last_month": "2099-09"}
"""A rule that can be read; the time is too far ahead, which is said only of a listing of one's own."""

ROWS: dict[str, Row] = {
    "addresses.address": Row(PERSONS),
    "addresses.ask_to_change": Row(PERSONS),
    "addresses.change_address": Row(PERSONS, values={"secret": "nothing"}),
    "addresses.new_address": Row(PERSONS, values={"secret": "nothing"}),
    "aggregation.approval": Row(MEMBERS, lost=True),
    "aggregation.approve": Row(APPROVING),
    "aggregation.award_csv": Row(MEMBERS, strangers=True),
    "aggregation.change_answers": Row(BUYING, strangers=True, where="state = 'gathering'"),
    "aggregation.check": Row(BUYING, strangers=True, where="state = 'gathering'"),
    "aggregation.commit": Row(BUYING, strangers=True, where="state = 'gathering'"),
    "aggregation.do_commit": Row(BUYING, strangers=True, where="state = 'gathering'"),
    "aggregation.do_withdraw": Row(COMMITTING, where=JOINED, strangers=True, lost=True),
    "aggregation.more_rounds": Row(MEMBERS),
    "aggregation.round_page": Row(MEMBERS, strangers=True),
    "aggregation.rounds": Row(MEMBERS),
    "aggregation.savings": Row(MEMBERS),
    "aggregation.withdraw": Row(COMMITTING, where=JOINED, strangers=True, lost=True),
    "budgets.behind": Row(MEMBERS),
    "budgets.budgets": Row(MEMBERS),
    "budgets.budgets_csv": Row(MEMBERS),
    "budgets.close_cost_centre": Row(OVERSEEING, lost=True),
    "budgets.cost_centres": Row(MEMBERS),
    "budgets.open_cost_centre": Row(OVERSEEING),
    "budgets.set_budget": Row(OVERSEEING),
    "calendars.calendar": Row(PUBLIC, values={"link_id": NOTHING, "signed": "nothing"}),
    "calendars.end": Row(MEMBERS),
    "calendars.own": Row(MEMBERS),
    "calendars.renew": Row(MEMBERS),
    "capacity_uploads.ask_columns": Row(SELLING, kinds="trusts"),
    "capacity_uploads.choose": Row(SELLING, kinds="trusts"),
    "capacity_uploads.correct": Row(SELLING, kinds="trusts"),
    "capacity_uploads.example": Row(SELLING, kinds="trusts"),
    "capacity_uploads.faults": Row(SELLING, kinds="trusts"),
    "capacity_uploads.forget": Row(SELLING, kinds="trusts"),
    "capacity_uploads.look": Row(SELLING, kinds="trusts"),
    "capacity_uploads.match": Row(SELLING, kinds="trusts"),
    "capacity_uploads.store": Row(SELLING, kinds="trusts"),
    "capacity_uploads.take": Row(SELLING, kinds="trusts"),
    "catalogue.describe": Row(SELLING, kinds="trusts"),
    "catalogue.do_describe": Row(SELLING),
    "catalogue.do_revise": Row(SELLING),
    "catalogue.find": Row(PUBLIC),
    "catalogue.listing": Row(PUBLIC, where="state = 'published'"),
    "catalogue.move": Row(SELLING),
    "catalogue.own": Row(MEMBERS),
    "catalogue.revise": Row(SELLING),
    "catalogue.tasks": Row(MEMBERS),
    "catalogue.withdraw": Row(SELLING),
    "claims.account": Row(PUBLIC, values={"secret": "nothing"}),
    "claims.ask": Row(PUBLIC),
    "claims.do_claim": Row(PERSONS),
    "claims.identify_": Row(PERSONS),
    "claims.join": Row(PUBLIC),
    "claims.make_account": Row(PUBLIC, values={"secret": "nothing"}),
    "claims.mine": Row(PERSONS),
    "claims.new": Row(PERSONS),
    "claims.withdraw": Row(PERSONS, values={"claim_id": NOTHING}),
    "collecting.check_reversal": Row(FINANCE, parties=("seller_id",)),
    "collecting.new_receipt": Row(FINANCE, parties=("seller_id",)),
    "collecting.new_return": Row(FINANCE, parties=("seller_id",)),
    "collecting.receipts": Row(FINANCE, parties=("seller_id",)),
    "collecting.record_receipt": Row(FINANCE, parties=("seller_id",)),
    "collecting.record_return": Row(FINANCE, parties=("seller_id",)),
    "collecting.reverse_receipt": Row(FINANCE, parties=("seller_id",)),
    "confirming.confirm": Row(PERSONS),
    "confirming.confirm_by_link": Row(PERSONS, values={"secret": "nothing"}),
    "confirming.confirm_by_password": Row(PERSONS),
    "confirming.confirm_demonstration": Row(PERSONS, lost=True),
    "confirming.link": Row(PERSONS, values={"secret": "nothing"}),
    "confirming.mail_link": Row(PERSONS),
    "contracts.contract": Row(MEMBERS),
    "contracts.contracts": Row(MEMBERS),
    "contracts.give_po_number": Row(ORDERING_NUMBERS, parties=("buyer_id",), body={"po_number": "PO 1"}),
    "delegation.add_row": Row(ADMINISTRATOR),
    "delegation.confirm": Row(RULING, lost=True),
    "delegation.end_stand_in": Row(ADMINISTRATOR),
    "delegation.name_stand_in": Row(MEMBERS),
    "delegation.new_row": Row(ADMINISTRATOR),
    "delegation.remove_row": Row(ADMINISTRATOR, lost=True),
    "delegation.scheme": Row(MEMBERS),
    "delegation.set_limits": Row(ADMINISTRATOR),
    "delegation.stand_ins": Row(MEMBERS),
    "delegation.try_sum": Row(MEMBERS),
    "delegation.withdraw": Row(RULING, lost=True),
    "documents.invoice": Row(MEMBERS),
    "documents.invoice_pdf": Row(MEMBERS),
    "documents.invoices": Row(MEMBERS),
    "documents.invoices_csv": Row(MEMBERS),
    "documents.raise_due": Row(FINANCE),
    "documents.save_settings": Row(OVERSEEING),
    "documents.settings": Row(OVERSEEING),
    "ending.ask": Row(BUYING, parties=("buyer_id",), where="state = 'active'", lost=True),
    "ending.end_early": Row(BUYING, parties=("buyer_id",), where="state = 'active'", lost=True),
    "factors.app": Row(PERSONS),
    "factors.ask": Row(AWAITING),
    "factors.begin_app": Row(PERSONS),
    "factors.confirm_app": Row(PERSONS),
    "factors.do_remove_app": Row(PERSONS),
    "factors.give_code": Row(AWAITING),
    "factors.give_recovery_code": Row(AWAITING),
    "factors.make_recovery_codes": Row(PERSONS),
    "factors.recovery_codes": Row(PERSONS),
    "factors.remove_app": Row(PERSONS),
    "factors.security": Row(PERSONS),
    "held.ask": Row(BUYING, parties=("buyer_id",)),
    "held.order": Row(BUYING, parties=("buyer_id",)),
    "help.accessibility": Row(PUBLIC),
    "help.guide": Row(PUBLIC),
    "help.privacy": Row(PUBLIC),
    "help.terms": Row(PUBLIC),
    "interest_uploads.choose": Row(ADMINISTRATOR),
    "interest_uploads.correct": Row(ADMINISTRATOR, lost=True),
    "interest_uploads.example": Row(ADMINISTRATOR),
    "interest_uploads.faults": Row(ADMINISTRATOR, lost=True),
    "interest_uploads.forget": Row(ADMINISTRATOR, lost=True),
    "interest_uploads.look": Row(ADMINISTRATOR, lost=True),
    "interest_uploads.store": Row(ADMINISTRATOR, lost=True),
    "interest_uploads.take": Row(ADMINISTRATOR),
    "interests.add_interest": Row(ADMINISTRATOR),
    "interests.add_person": Row(ADMINISTRATOR),
    "interests.ask_end": Row(ADMINISTRATOR),
    "interests.change_person": Row(ADMINISTRATOR),
    "interests.confirm": Row(ADMINISTRATOR),
    "interests.declare": Row(MEMBERS),
    "interests.end": Row(ADMINISTRATOR),
    "interests.new_interest": Row(ADMINISTRATOR),
    "interests.new_person": Row(ADMINISTRATOR),
    "interests.own": Row(MEMBERS),
    "interests.person": Row(MEMBERS, lost=True),
    "interests.preview": Row(MEMBERS),
    "interests.publish": Row(ADMINISTRATOR, lost=True),
    "interests.published": Row(
        PUBLIC, where="id IN (SELECT organisation_id FROM interest_registers WHERE is_published)"
    ),
    "interests.register": Row(RULING),
    "interests.register_csv": Row(RULING),
    "interests.register_xlsx": Row(RULING),
    "interests.save_person": Row(ADMINISTRATOR),
    "interests_api.add_interest": Row(ADMINISTRATOR),
    "interests_api.add_person": Row(ADMINISTRATOR),
    "interests_api.change_person": Row(ADMINISTRATOR),
    "interests_api.confirm_interest": Row(ADMINISTRATOR),
    "interests_api.end_interest": Row(ADMINISTRATOR),
    "interests_api.person": Row(MEMBERS, lost=True),
    "interests_api.register": Row(RULING),
    "interests_api.related_parties": Row(RULING, lost=True),
    "invitations.accept": Row(PERSONS, values={"secret": "nothing"}),
    "invitations.accept_as_new": Row(PUBLIC, values={"secret": "nothing"}),
    "invitations.invitation": Row(PUBLIC, values={"secret": "nothing"}),
    "leading.cancel": Row(BUYING, where="state = 'gathering'"),
    "leading.close": Row(BUYING, where="state = 'gathering'"),
    "leading.do_cancel": Row(BUYING, where="state = 'gathering'"),
    "leading.do_close": Row(BUYING, where="state = 'gathering'"),
    "leading.do_start": Row(BUYING),
    "leading.start": Row(BUYING, kinds="trusts"),
    "leading.try_again": Row(BUYING, kinds="trusts"),
    "ledger.ledger": Row(FINANCE),
    "ledger.ledger_csv": Row(FINANCE),
    "links.ask_for_reset": Row(PUBLIC),
    "links.ask_to_sign_in": Row(PUBLIC),
    "links.mail_reset_link": Row(PUBLIC),
    "links.mail_sign_in_link": Row(PUBLIC),
    "links.new_password": Row(PUBLIC, values={"secret": "nothing"}),
    "links.reset_password": Row(PUBLIC, values={"secret": "nothing"}),
    "links.sign_in_link": Row(PUBLIC, values={"secret": "nothing"}),
    "links.use_sign_in_link": Row(PUBLIC, values={"secret": "nothing"}),
    "membership.admit": Row(ADMINISTRATOR, where=PEOPLED),
    "membership.change_roles": Row(ADMINISTRATOR),
    "membership.claim": Row(ADMINISTRATOR, where=PEOPLED),
    "membership.do_invite": Row(ADMINISTRATOR),
    "membership.invite": Row(ADMINISTRATOR),
    "membership.leave": Row(MEMBERS),
    "membership.leaving": Row(MEMBERS),
    "membership.member": Row(ADMINISTRATOR),
    "membership.people": Row(MEMBERS),
    "membership.refuse": Row(ADMINISTRATOR, where=PEOPLED),
    "membership.remove": Row(ADMINISTRATOR),
    "membership.revoke": Row(ADMINISTRATOR),
    "membership.send_again": Row(ADMINISTRATOR),
    "operator.add_supplier": Row(OPERATORS),
    "operator.claim": Row(OPERATORS),
    "operator.claims": Row(OPERATORS),
    "operator.new_supplier": Row(OPERATORS),
    "operator.organisation": Row(OPERATORS),
    "operator.organisations": Row(OPERATORS),
    "operator.refuse": Row(OPERATORS),
    "operator.set_standing": Row(OPERATORS),
    "operator.verify": Row(OPERATORS),
    "ordering.accept": Row(SELLING, parties=("seller_id",)),
    "ordering.approval": Row(MEMBERS, parties=("buyer_id",)),
    "ordering.approvals": Row(MEMBERS),
    "ordering.approve": Row(APPROVING, parties=("buyer_id",)),
    "ordering.ask_cancel": Row(BUYING, parties=("buyer_id",)),
    "ordering.ask_decline": Row(SELLING, parties=("seller_id",)),
    "ordering.ask_reject": Row(APPROVING, parties=("buyer_id",)),
    "ordering.ask_send_back": Row(APPROVING, parties=("buyer_id",)),
    "ordering.cancel": Row(BUYING, parties=("buyer_id",)),
    "ordering.change": Row(BUYING, parties=("buyer_id",)),
    "ordering.check": Row(BUYING, parties=("buyer_id",)),
    "ordering.decline": Row(SELLING, parties=("seller_id",)),
    "ordering.new": Row(BUYING, lost=True),
    "ordering.order": Row(MEMBERS),
    "ordering.orders": Row(MEMBERS),
    "ordering.reject": Row(APPROVING, parties=("buyer_id",)),
    "ordering.save": Row(BUYING, parties=("buyer_id",)),
    "ordering.send_back": Row(APPROVING, parties=("buyer_id",)),
    "ordering.sent": Row(BUYING, parties=("buyer_id",)),
    "ordering.start": Row(BUYING, lost=True),
    "ordering.submit": Row(BUYING, parties=("buyer_id",)),
    "partnerships.accept": Row(ADMINISTRATOR, parties=("organisation_id",), where="state = 'invited'"),
    "partnerships.ask_end": Row(ADMINISTRATOR),
    "partnerships.ask_hand_over": Row(ADMINISTRATOR, parties=("founder_id",), where=PARTNER),
    "partnerships.change": Row(ADMINISTRATOR),
    "partnerships.decline": Row(ADMINISTRATOR, parties=("organisation_id",), where="state = 'invited'"),
    "partnerships.end": Row(ADMINISTRATOR),
    "partnerships.found": Row(ADMINISTRATOR),
    "partnerships.hand_over": Row(ADMINISTRATOR, parties=("founder_id",), where=PARTNER),
    "partnerships.invite": Row(ADMINISTRATOR),
    "partnerships.new": Row(ADMINISTRATOR),
    "partnerships.partnership": Row(MEMBERS, strangers=True),
    "partnerships.partnerships": Row(MEMBERS),
    "partnerships.save": Row(ADMINISTRATOR),
    "partnerships.withdraw": Row(ADMINISTRATOR, parties=("founder_id",), where="state = 'invited'"),
    "partnerships_api.accept": Row(ADMINISTRATOR, parties=("organisation_id",), where="state = 'invited'"),
    "partnerships_api.decline": Row(ADMINISTRATOR, parties=("organisation_id",), where="state = 'invited'"),
    "partnerships_api.describe": Row(ADMINISTRATOR),
    "partnerships_api.found": Row(ADMINISTRATOR, kinds="trusts"),
    "partnerships_api.hand_over": Row(ADMINISTRATOR, parties=("founder_id",), where=PARTNER),
    "partnerships_api.invite": Row(ADMINISTRATOR),
    "partnerships_api.leave": Row(ADMINISTRATOR, parties=("organisation_id",), where=PARTNER),
    "partnerships_api.partnership": Row(MEMBERS, strangers=True),
    "partnerships_api.partnerships": Row(MEMBERS),
    "partnerships_api.remove": Row(ADMINISTRATOR, parties=("founder_id",), where=PARTNER),
    "partnerships_api.withdraw": Row(ADMINISTRATOR, parties=("founder_id",), where="state = 'invited'"),
    "passkeys.add": Row(PERSONS),
    "passkeys.confirm": Row(PERSONS),
    "passkeys.confirm_options": Row(PERSONS),
    "passkeys.do_remove": Row(PERSONS, values={"passkey_id": NOTHING}),
    "passkeys.new": Row(PERSONS),
    "passkeys.new_options": Row(PERSONS),
    "passkeys.remove": Row(PERSONS, values={"passkey_id": NOTHING}),
    "passkeys.second": Row(AWAITING),
    "passkeys.second_options": Row(AWAITING),
    "passkeys.sign_in": Row(PUBLIC),
    "passkeys.sign_in_options": Row(PUBLIC),
    "passwords.change_password": Row(PERSONS),
    "passwords.password": Row(PERSONS),
    "people.account": Row(PERSONS),
    "people.do_sign_in": Row(PUBLIC),
    "people.end_all_sessions": Row(PERSONS),
    "people.end_other_sessions": Row(PERSONS),
    "people.end_session": Row(PERSONS, lost=True),
    "people.sign_in": Row(PUBLIC),
    "people.sign_in_demonstration": Row(PUBLIC, lost=True),
    "people.sign_out": Row(PUBLIC),
    "regulations.deal": Row(PERSONS),
    "regulations.rules": Row(PERSONS),
    "regulations.standstill_": Row(PERSONS),
    "requesting.do_post_request": Row(BUYING),
    "requesting.own_requests": Row(MEMBERS),
    "requesting.post_request": Row(BUYING),
    "requesting.requests": Row(MEMBERS),
    "requesting.withdraw": Row(BUYING, kinds="trusts"),
    "scheduling.apply": Row(SELLING),
    "scheduling.capacity": Row(SELLING),
    "scheduling.do_capacity": Row(SELLING),
    "scheduling.preview": Row(SELLING),
    "scheduling.rule": Row(SELLING),
    "static": Row(PUBLIC, values={"filename": "nothing"}),
    "plans.add": Row(SELLING),
    "plans.change": Row(SELLING, values=NO_PLAN, lost=True),
    "plans.do_add": Row(SELLING),
    "plans.do_change": Row(SELLING, values=NO_PLAN, lost=True),
    "plans.do_remove": Row(SELLING, values=NO_PLAN, lost=True),
    "plans.own": Row(SELLING),
    "plans.remove": Row(SELLING, values=NO_PLAN, lost=True),
    "plans_api.add": Row(SELLING, kinds="trusts"),
    "plans_api.calculate": Row(MEMBERS, strangers=True, where="state = 'published'"),
    "plans_api.change": Row(SELLING, values=NO_PLAN, kinds="trusts", lost=True),
    "plans_api.remove": Row(SELLING, values=NO_PLAN, kinds="trusts", lost=True),
    "supplying.do_publish": Row(SELLER),
    "supplying.price_lists": Row(MEMBERS),
    "supplying.publish": Row(SELLER),
    "supplying.withdraw": Row(SELLER),
    "supplying.withdrawn": Row(SELLER),
    "terms.all_years": Row(MEMBERS),
    "terms.go_national": Row(ADMINISTRATOR, values=THIS_YEAR),
    "terms.keep": Row(ADMINISTRATOR, values=THIS_YEAR),
    "terms.one_year": Row(ADMINISTRATOR, values=THIS_YEAR),
    "tokens.end_token": Row(PERSONS, lost=True),
    "tokens.make_token": Row(MEMBERS),
    "tokens.new_token": Row(MEMBERS),
    "tokens.tokens": Row(PERSONS),
    "audit.entries": Row(OVERSEEING),
    "audit.entries_csv": Row(OVERSEEING),
    "audit.entries_json": Row(OVERSEEING),
    "audit_api.entries": Row(OVERSEEING),
    "trusts.find": Row(MEMBERS),
    "trusts.health": Row(PUBLIC),
    "trusts.mailbox": Row(MEMBERS, tells_all=True),
    "trusts.mailbox_message": Row(MEMBERS, values={"message_id": NOTHING}, tells_all=True),
    "trusts.organisation": Row(MEMBERS, strangers=True),
    "trusts.own": Row(MEMBERS),
    "trusts.start": Row(PUBLIC),
    "trusts.switch": Row(MEMBERS, lost=True),
    "aggregation_api.approve": Row(APPROVING),
    "aggregation_api.cancel": Row(BUYING, kinds="trusts"),
    "aggregation_api.change": Row(BUYING),
    "aggregation_api.close": Row(BUYING, kinds="trusts"),
    "aggregation_api.commit": Row(BUYING, strangers=True, kinds="trusts"),
    "aggregation_api.one": Row(MEMBERS, strangers=True),
    "aggregation_api.open_requests": Row(MEMBERS),
    "aggregation_api.own_price_lists": Row(MEMBERS),
    "aggregation_api.own_request": Row(MEMBERS),
    "aggregation_api.own_requests": Row(MEMBERS),
    "aggregation_api.post_request": Row(BUYING, kinds="trusts"),
    "aggregation_api.price_list": Row(MEMBERS, strangers=True),
    "aggregation_api.price_lists": Row(MEMBERS),
    "aggregation_api.publish": Row(SELLER),
    "aggregation_api.rounds": Row(MEMBERS),
    "aggregation_api.savings": Row(MEMBERS),
    "aggregation_api.start": Row(BUYING, kinds="trusts"),
    "aggregation_api.try_again": Row(BUYING, kinds="trusts"),
    "aggregation_api.withdraw": Row(COMMITTING, where="state IN ('firm', 'awaiting-approval')"),
    "aggregation_api.withdraw_price_list": Row(SELLER),
    "aggregation_api.withdraw_request": Row(BUYING, kinds="trusts"),
    "api-docs.openapi_json": Row(PUBLIC),
    "catalogue_api.describe": Row(SELLING, kinds="trusts"),
    "catalogue_api.find": Row(MEMBERS),
    "catalogue_api.listing": Row(MEMBERS, strangers=True, where="state = 'published'"),
    "catalogue_api.own": Row(MEMBERS),
    "catalogue_api.pause": Row(SELLING, kinds="trusts"),
    "catalogue_api.publish": Row(SELLING, kinds="trusts"),
    "catalogue_api.resume": Row(SELLING, kinds="trusts"),
    "catalogue_api.revise": Row(SELLING, kinds="trusts"),
    "catalogue_api.set_capacity": Row(
        SELLING, kinds="trusts", body={"first_month": "2035-09", "last_month": "2036-08"}
    ),
    "catalogue_api.withdraw": Row(SELLING, kinds="trusts"),
    "collecting_api.receipts": Row(FINANCE, parties=("seller_id",)),
    "collecting_api.record_receipt": Row(FINANCE, parties=("seller_id",)),
    "collecting_api.record_return": Row(FINANCE, parties=("seller_id",)),
    "collecting_api.reverse_receipt": Row(FINANCE, parties=("seller_id",)),
    "contracts_api.contract": Row(MEMBERS),
    "contracts_api.contracts": Row(MEMBERS),
    "contracts_api.give_po_number": Row(ORDERING_NUMBERS, parties=("buyer_id",)),
    "delegation_api.behind": Row(MEMBERS),
    "delegation_api.budgets": Row(MEMBERS),
    "delegation_api.close_cost_centre": Row(OVERSEEING),
    "delegation_api.confirm": Row(RULING, lost=True),
    "delegation_api.cost_centres": Row(MEMBERS),
    "delegation_api.end_stand_in": Row(ADMINISTRATOR),
    "delegation_api.name_stand_in": Row(APPROVING),
    "delegation_api.open_cost_centre": Row(OVERSEEING),
    "delegation_api.ruling": Row(MEMBERS),
    "delegation_api.scheme": Row(MEMBERS),
    "delegation_api.set_budget": Row(OVERSEEING, lost=True),
    "delegation_api.set_scheme": Row(ADMINISTRATOR),
    "delegation_api.stand_ins": Row(MEMBERS),
    "delegation_api.withdraw": Row(RULING, lost=True),
    "documents_api.invoice": Row(MEMBERS),
    "documents_api.invoices": Row(MEMBERS),
    "documents_api.run": Row(FINANCE),
    "documents_api.save_settings": Row(OVERSEEING),
    "documents_api.settings": Row(OVERSEEING),
    "ledger_api.trial_balance": Row(FINANCE),
    "membership_api.invitations": Row(ADMINISTRATOR),
    "membership_api.people": Row(MEMBERS),
    "ordering_api.accept": Row(SELLING, parties=("seller_id",)),
    "ordering_api.approve": Row(APPROVING, parties=("buyer_id",)),
    "ordering_api.cancel": Row(BUYING, parties=("buyer_id",)),
    "ordering_api.change": Row(BUYING, parties=("buyer_id",)),
    "ordering_api.decline": Row(SELLING, parties=("seller_id",)),
    "ordering_api.end_early": Row(BUYING, parties=("buyer_id",), where="state = 'active'"),
    "ordering_api.one": Row(MEMBERS),
    "ordering_api.orders": Row(MEMBERS),
    "ordering_api.reject": Row(APPROVING, parties=("buyer_id",)),
    "ordering_api.send_back": Row(APPROVING, parties=("buyer_id",)),
    "ordering_api.start": Row(BUYING, lost=True, kinds="trusts"),
    "ordering_api.submit": Row(BUYING, parties=("buyer_id",)),
    "regulations_api.deal": Row(PERSONS),
    "regulations_api.rules": Row(PERSONS),
    "regulations_api.standstill_": Row(PERSONS),
    "scheduling_api.apply_rule": Row(SELLING, kinds="trusts", body=A_RULE),
    "scheduling_api.capacity": Row(MEMBERS, strangers=True, where="state = 'published'"),
    "scheduling_api.join": Row(BUYING, strangers=True, kinds="trusts", where="state = 'published'"),
    "scheduling_api.leave": Row(BUYING, parties=("buyer_id",)),
    "scheduling_api.line": Row(SELLING),
    "scheduling_api.place": Row(MEMBERS, parties=("buyer_id",)),
    "scheduling_api.places": Row(MEMBERS),
    "scheduling_api.preview": Row(SELLING, kinds="trusts", body=A_RULE),
    "scheduling_api.set_periods": Row(SELLING),
    "trusts_api.find": Row(MEMBERS),
    "trusts_api.me": Row(MEMBERS),
    "trusts_api.organisation": Row(MEMBERS, strangers=True),
    "departing.call_off": Row(ADMINISTRATOR, lost=True),
    "departing.decide": Row(ADMINISTRATOR),
    "departing.departure": Row(ADMINISTRATOR),
    "departing.download": Row(ADMINISTRATOR),
    "departing.export": Row(ADMINISTRATOR),
    "describing.count_pupils": Row(ADMINISTRATOR),
    "describing.describe": Row(ADMINISTRATOR),
    "describing.details": Row(ADMINISTRATOR, lost=True),
    "describing.pupils": Row(ADMINISTRATOR),
    "factors.confirm": Row(PERSONS),
    "factors.confirm_by_code": Row(PERSONS),
    "requiring.ask_everybody": Row(ADMINISTRATOR),
    "requiring.ask_nobody": Row(ADMINISTRATOR),
    "requiring.second_proof_rule": Row(ADMINISTRATOR),
    "single_sign_on.begin": Row(PUBLIC, values={"key": "nothing"}),
    "single_sign_on.begin_link": Row(PERSONS, values={"key": "nothing"}),
    "single_sign_on.come_back": Row(PUBLIC, values={"key": "nothing"}),
    "single_sign_on.unlink": Row(PERSONS, values={"identity_id": NOTHING}),
    "trusts.choose": Row(MEMBERS),
    "use_api.listing": Row(SELLING),
    "use_api.listings": Row(SELLING),
    "using.listing": Row(SELLING),
    "using.listing_file": Row(SELLING),
    "using.listings": Row(SELLING),
    "using.listings_file": Row(SELLING),
    "waiting.ask": Row(BUYING, strangers=True, kinds="trusts", where="state = 'published'"),
    "waiting.join": Row(BUYING, strangers=True, kinds="trusts", where="state = 'published'"),
    "waiting.leave": Row(BUYING, parties=("buyer_id",)),
    "waiting.line": Row(SELLING),
    "waiting.place": Row(MEMBERS, parties=("buyer_id",)),
    "waiting.places": Row(MEMBERS),
}
