"""Every rule has a name in words and one subject."""

from __future__ import annotations

from marketplace.regulations.rules import RULES
from marketplace.regulations.titles import SUBJECTS, TITLES, by_subject, title


def test_every_rule_has_a_name_in_words_of_its_own_and_one_subject() -> None:
    listed = [name for names in SUBJECTS.values() for name in names]
    assert sorted(listed) == sorted({one.name for one in RULES})
    assert len(set(TITLES.values())) == len(TITLES)
    assert title("bacs-limit") == "Bacs Direct Debit: largest payment"


def test_the_table_has_every_row_once_under_its_subject_by_date() -> None:
    grouped = by_subject(RULES)
    assert [subject for subject, _ in grouped] == list(SUBJECTS)
    rows = [row for _, found in grouped for row in found]
    assert sorted(rows, key=lambda one: (one.name, one.from_on)) == list(RULES)
    works = [row.from_on for row in rows if row.name == "threshold-works"]
    assert works == sorted(works)
