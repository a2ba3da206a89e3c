"""The record names what each act was about, and links to it only where the reader may go."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel import audit
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.database import Base, new_id
from marketplace.kernel.session import database_of
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership
from marketplace.trusts.subjects import Subject, name_all
from tests.factories.catalogue import a_listing
from tests.factories.trusts import an_actor, an_organisation, signed_in
from tests.house.town import Town, a_town

NAMELESS = {
    "claims",
    "invitations",
    "interest_registers",
    "interest_uploads",
    "memberships",
    "schemes",
    "stand_ins",
    "billing_details",
    "people",
    "register-file",
}
"""Their action says all, or the personal values do."""


def test_every_subject_has_its_table_columns_and_page(app: Flask) -> None:
    subjects: dict[str, Subject] = app.extensions["subjects"]
    for one in subjects.values():
        columns = Base.metadata.tables[one.table].c
        assert (one.name is None) != (one.through is None), one
        assert {*one.readers, *([one.name] if one.name else [])} <= {column.name for column in columns}, one
        if one.page is not None:
            (rule,) = app.url_map.iter_rules(one.page[0])
            assert rule.arguments == {one.page[1]}
        if one.through is not None:
            assert one.through[0] in columns
            assert subjects[one.through[1]].through is None


def test_what_is_another_organisations_has_a_name_and_no_link(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    actor = an_actor(session, trust)
    mine, theirs = a_listing(session, trust), a_listing(session)
    known = app.extensions["subjects"]
    about = [("listings", mine.id), ("listings", theirs.id), ("listings", new_id()), ("dreams", new_id())]
    named = name_all(session, known, about, actor.organisation_id)
    assert set(named) == {mine.id, theirs.id}
    assert (named[mine.id].endpoint, named[theirs.id].endpoint) == ("catalogue.listing", None)
    assert named[theirs.id].name == theirs.title


def test_a_digest_is_cut_and_kept_whole_in_its_title(app: Flask, session: Session) -> None:
    trust = an_organisation(session)
    act = audit.Act(
        trust.id, None, "issue", "invoices", new_id(), after={"sha256": "0123456789ab" + "c" * 52}
    )
    audit.record(session, act)
    page = signed_in(app, session, an_actor(session, trust)).get("/trust/audit").text
    assert f'<span title="0123456789ab{"c" * 52}">0123456789ab…</span>' in page


@pytest.fixture
def town(environment: dict[str, str]) -> Iterator[Town]:
    """The demonstration, in which every floor has acted."""
    with a_town(environment) as made:
        yield made


def test_every_act_in_the_town_has_a_name_and_every_link_opens(town: Town) -> None:
    with database_of(town.app).writing() as session, session.begin():
        kinds = set(session.scalars(sa.select(AuditEntry.subject_kind).distinct()))
        assert kinds <= set(town.app.extensions["subjects"]) | NAMELESS
        readers = list(
            session.scalars(
                sa.select(Person.id)
                .join(Membership, Membership.person_id == Person.id)
                .where(Membership.role == Role.FINANCE)
                .distinct()
            )
        )
        secrets = [people.open_session(session, reader, "test") for reader in readers]
    followed = 0
    for secret in secrets:
        browser = town.app.test_client()
        with browser.session_transaction() as cookie:
            cookie["session"] = secret
        page = browser.get("/trust/audit").text
        links = set(re.findall(r'app-prose" href="(/[^"]+)"', page))
        for link in links:
            assert browser.get(link).status_code == 200, link
        followed += len(links)
    assert followed > 10
