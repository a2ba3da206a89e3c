"""What people are told about their own trust."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.kernel import events, money
from marketplace.notifications.services import Message, tell
from marketplace.trusts.events import ApprovalRulesMoved
from marketplace.trusts.kinds import RULE_CONFIRMERS, Policy, PolicyStep

SUBJECTS = {
    PolicyStep.SET: "The approval rules of {trust} are stricter",
    PolicyStep.PROPOSED: "Decide about looser approval rules for {trust}",
    PolicyStep.CONFIRMED: "The approval rules of {trust} are looser",
    PolicyStep.WITHDRAWN: "The approval rules of {trust} stay as they are",
}
SENTENCES = {
    PolicyStep.SET: "{person} made the approval rules stricter. They hold from now on.",
    PolicyStep.PROPOSED: (
        "{person} proposed looser approval rules. They hold only when another person with the role "
        "administrator, approver or finance confirms them."
    ),
    PolicyStep.CONFIRMED: "{person} confirmed looser approval rules. They hold from now on.",
    PolicyStep.WITHDRAWN: "{person} ended a proposal of looser approval rules. Nothing changes.",
}
LABELS = {
    PolicyStep.SET: ("Until now", "From now on"),
    PolicyStep.PROPOSED: ("In force", "Proposed"),
    PolicyStep.CONFIRMED: ("Until now", "From now on"),
    PolicyStep.WITHDRAWN: ("Was proposed", "In force"),
}


def subscribe_all() -> None:
    """Hear of changes to approval rules."""
    events.subscribe(ApprovalRulesMoved, tell_of_rules)


def tell_of_rules(session: Session, event: ApprovalRulesMoved) -> None:
    """E-mail everybody who answers for the trust's spending, whoever made the change."""
    before, after = LABELS[event.step]
    sentence = SENTENCES[event.step].format(person=event.person_name)
    text = f"{sentence}\n\n{before}: {_words(event.before)}\n{after}: {_words(event.after)}"
    subject = SUBJECTS[event.step].format(trust=event.organisation_name)
    message = Message(f"approval-rules:{event.occasion_id}", subject, text, "/trust/approval-rules")
    tell(session, event.organisation_id, RULE_CONFIRMERS, message)


def _words(policy: Policy) -> str:
    limit = money.pounds(policy.approval_limit_pence)
    need = "an invoice needs a PO number" if policy.requires_po_number else "no PO number is needed"
    return f"orders up to {limit} excluding VAT need no approval; {need}."
