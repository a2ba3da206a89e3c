"""The pages of partnerships, and their JSON."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import Partnership, PartnershipMembership
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in

PURPOSE = {"name": "North Devon", "theme": "place", "about": "North Devon", "description": "We <b>share</b>."}


def last_day() -> dict[str, str]:
    today = clock.today()
    return {f"ends_on-{part}": str(getattr(today, part)) for part in ("day", "month", "year")}


@pytest.fixture
def founder(session: Session) -> Actor:
    return an_actor(session, an_organisation(session, "Ash Trust"))


@pytest.fixture
def invited(session: Session) -> Actor:
    return an_actor(session, an_organisation(session, "Cedar Trust", group_uid="12345"))


def test_a_partnership_grows_and_shrinks_page_by_page(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    ours, theirs = signed_in(app, session, founder), signed_in(app, session, invited)
    page = ours.post("/partnerships/new", data=PURPOSE).location
    assert ours.post(f"{page}/invitations", data={"identifier": "12345"}).status_code == 302
    assert "Cedar Trust" in ours.get(page).text
    assert "Accept or decline the invitation of Ash Trust" in theirs.get("/").text
    text = theirs.get(page).text
    assert "We &lt;b&gt;share" in text
    accept = re.search(r'action="(/partnerships/memberships/[^"]+/accept)"', text)
    assert accept is not None
    assert theirs.post(accept[1]).location == page
    assert "Your trust has been a member since" in theirs.get(page).text
    assert theirs.get("/partnerships").text.count("North Devon</a>") == 1
    end = accept[1].replace("/accept", "/end")
    assert "Leave North Devon" in theirs.get(end).text
    assert "End the membership of Cedar Trust" in ours.get(end).text
    assert theirs.post(end, data={}).status_code == 422
    assert theirs.post(end, data=last_day()).location == page
    assert re.search(r"and is one until\s+<time", theirs.get(page).text)


def test_a_wrong_purpose_is_shown_at_its_field(app: Flask, session: Session, founder: Actor) -> None:
    desk = signed_in(app, session, founder)
    answer = desk.post("/partnerships/new", data=PURPOSE | {"name": ""})
    assert (answer.status_code, 'href="#name"' in answer.text) == (422, True)
    desk.post("/partnerships/new", data=PURPOSE)
    answer = desk.post("/partnerships/new", data=PURPOSE)
    assert (answer.status_code, "already a partnership with this name" in answer.text) == (422, True)
    assert session.scalar(sa.select(sa.func.count(Partnership.id))) == 1


def test_the_founder_changes_what_it_says(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    partnership = a_partnership(session, founder)
    desk, other = signed_in(app, session, founder), signed_in(app, session, invited)
    address = f"/partnerships/{partnership.id}/change"
    assert partnership.name in desk.get(address).text
    assert desk.post(address, data=PURPOSE).status_code == 302
    assert "North Devon</h1>" in desk.get(f"/partnerships/{partnership.id}").text
    assert (other.get(address).status_code, other.post(address, data=PURPOSE).status_code) == (404, 404)


@pytest.mark.parametrize(
    ("identifier", "said", "status"),
    [
        ("", "Enter a number or the name", 422),
        ("99999", "No trust or school has", 422),
        ("Ash Trust", "invited or a member already", 409),
    ],
)
def test_a_wrong_invitation_is_named_on_the_page(
    app: Flask, session: Session, founder: Actor, identifier: str, said: str, status: int
) -> None:
    partnership = a_partnership(session, founder)
    address = f"/partnerships/{partnership.id}/invitations"
    answer = signed_in(app, session, founder).post(address, data={"identifier": identifier})
    assert (answer.status_code, said in answer.text) == (status, True)


def test_a_member_without_the_role_reads_and_decides_nothing(
    app: Flask, session: Session, founder: Actor
) -> None:
    partnership = a_partnership(session, founder)
    buyer = an_actor(session, session.get_one(Organisation, founder.organisation_id), Role.BUYER)
    desk = signed_in(app, session, buyer)
    page = desk.get(f"/partnerships/{partnership.id}")
    assert (page.status_code, "Send invitation" in page.text) == (200, False)
    assert desk.get("/partnerships/new").status_code == 403
    assert (
        desk.post(f"/partnerships/{partnership.id}/invitations", data={"identifier": "1"}).status_code == 403
    )


def test_another_trusts_membership_cannot_be_touched(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    partnership = a_partnership(session, founder)
    member = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    session.commit()
    stranger = signed_in(app, session, an_actor(session))
    address = f"/partnerships/memberships/{member.id}"
    answers = [
        stranger.post(f"{address}/{rest}", data=last_day())
        for rest in ("accept", "decline", "withdraw", "end")
    ]
    assert {answer.status_code for answer in [*answers, stranger.get(f"{address}/end")]} == {404}
    stored = session.get_one(PartnershipMembership, member.id, populate_existing=True)
    assert stored.ends_on is None


def test_programs_found_invite_answer_and_leave(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    client, ours, theirs = app.test_client(), bearer(session, founder), bearer(session, invited)
    made = client.post("/api/partnerships", json=PURPOSE, headers=ours)
    assert made.status_code == 201
    address = f"/api/partnerships/{(made.json or {})['id']}"
    sent = client.post(f"{address}/invitations", json={"identifier": "12345"}, headers=ours).json or {}
    assert (sent["state"], sent["organisation_name"]) == ("invited", "Cedar Trust")
    member = f"/api/partnership-memberships/{sent['id']}"
    assert client.post(f"{member}/withdraw", headers=theirs).status_code == 404
    accepted = client.post(f"{member}/accept", headers=theirs).json or {}
    assert (accepted["state"], accepted["starts_on"]) == ("accepted", clock.today().isoformat())
    assert client.post(f"{member}/decline", headers=theirs).status_code == 409
    body = client.get(address, headers=theirs).json or {}
    assert [one["organisation_name"] for one in body["current_members"]] == ["Ash Trust", "Cedar Trust"]
    assert (body["membership"]["id"], body["is_own"], body["invited"]) == (sent["id"], True, [])
    left = client.post(f"{member}/leave", json={"ends_on": clock.today().isoformat()}, headers=theirs)
    assert (left.json or {})["ends_on"] == clock.today().isoformat()
    removed = client.post(f"{member}/remove", json={"ends_on": clock.today().isoformat()}, headers=theirs)
    assert removed.status_code == 404
    changed = client.put(address, json=PURPOSE | {"about": "Barnstaple"}, headers=ours)
    assert (changed.json or {})["about"] == "Barnstaple"
    listed = client.get("/api/partnerships", headers=theirs).json or {}
    assert [one["name"] for one in listed["items"]] == ["North Devon"]


def test_a_partnership_is_handed_over_page_by_page(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    partnership = a_partnership(session, founder)
    member = a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    session.commit()
    ours, theirs = signed_in(app, session, founder), signed_in(app, session, invited)
    page, address = f"/partnerships/{partnership.id}", f"/partnerships/memberships/{member.id}/hand-over"
    assert address in ours.get(page).text
    assert "Leave this partnership" not in ours.get(page).text
    assert (theirs.get(address).status_code, theirs.post(address).status_code) == (404, 404)
    assert "Let Cedar Trust run" in ours.get(address).text
    assert ours.post(address).location == page
    assert "Cedar Trust runs it" in ours.get(page).text
    assert "Leave this partnership" in ours.get(page).text
    assert "Send invitation" in theirs.get(page).text
    own = re.search(r"/partnerships/memberships/([^/]+)/hand-over", theirs.get(page).text)
    assert own is not None
    api, headers = f"/api/partnership-memberships/{own[1]}/hand-over", bearer(session, invited)
    back = app.test_client().post(api, headers=headers)
    assert (back.status_code, (back.json or {})["founder_name"]) == (200, "Ash Trust")


def test_who_runs_a_partnership_with_others_is_told_to_hand_it_over(
    app: Flask, session: Session, founder: Actor, invited: Actor
) -> None:
    partnership = a_partnership(session, founder)
    a_member(session, partnership, session.get_one(Organisation, invited.organisation_id))
    own = session.scalars(
        sa.select(PartnershipMembership.id).where(
            PartnershipMembership.organisation_id == founder.organisation_id
        )
    ).one()
    session.commit()
    answer = signed_in(app, session, founder).post(f"/partnerships/memberships/{own}/end", data=last_day())
    assert (answer.status_code, "hand the partnership over" in answer.text) == (403, True)
