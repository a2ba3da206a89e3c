"""People of one trust give its terms at the same moment: those of one of them hold, whole."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from marketplace.kernel import clock
from marketplace.kernel.session import Database
from marketplace.trusts import describing, queries, terms
from marketplace.trusts.kinds import Role
from tests.factories.trusts import an_actor, an_organisation

PEOPLE = 4


def test_terms_that_are_given_at_the_same_moment_are_those_of_one_person(
    environment: dict[str, str],
) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session, session.begin():
        trust = an_organisation(session)
        actors = [an_actor(session, trust, Role.ADMINISTRATOR) for _ in range(PEOPLE)]
        trust_id = trust.id
    year = terms.school_year(clock.today())
    together = threading.Barrier(PEOPLE)

    def keep(number: int) -> None:
        later = timedelta(days=number)
        dates = {one.name: (one.starts_on + later, one.ends_on) for one in terms.national(year)}
        together.wait()
        database.run(lambda session: describing.keep_terms(session, actors[number], year, dates))

    with ThreadPoolExecutor(PEOPLE) as threads:
        list(threads.map(keep, range(PEOPLE)))
    with database.reading() as session:
        kept = queries.own_terms(session, trust_id)
    database.close()
    given = {one.name: one.starts_on for one in terms.national(year)}
    assert len(kept) == len(given)
    assert len({one.starts_on - given[one.name] for one in kept}) == 1
