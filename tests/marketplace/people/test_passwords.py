"""Which passwords are taken."""

from __future__ import annotations

import pytest

from marketplace.people import passwords
from marketplace.people.passwords import ABOUT_YOU, COMMON, TOO_LONG, TOO_SHORT, check

SAM = ("Sam Pike-Oduya", "s.pike@harbourlight.example", "Harbour Light Trust")


@pytest.mark.parametrize(
    "password",
    [
        "seven green bicycles",
        "correct horse battery staple",
        "harbour light bicycles seven",
        "tuesday teacher payroll",
        "  leading and trailing  ",
        "j4$Kq!z9Lr@w2Tb",
        "trois mètres carrés",
        "北京上海广州深圳香港澳门台北成都重庆",
    ],
)
def test_a_long_password_of_any_characters_is_taken(password: str) -> None:
    assert check(password, SAM) is None


@pytest.mark.parametrize(("length", "said"), [(0, TOO_SHORT), (14, TOO_SHORT), (300, None), (301, TOO_LONG)])
def test_a_password_has_fifteen_to_three_hundred_characters(length: int, said: str | None) -> None:
    words = "seven green bicycles by the old canal with a view "
    assert check((words * 8)[:length]) == said


def test_characters_are_counted_as_people_see_them() -> None:
    assert check("green bicycles!") is None
    assert check("e\u0301te\u0301 bicycles") == TOO_SHORT  # 14 on the screen of whoever types it, 16 as sent


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password2026!!!!",
        "P@ssw0rd2026!!!!",
        "p4ssw0rd-p4ssw0rd",
        "Liverpool-Liverpool-1",
        "SummerWinter2026!",
        "2026welcome2026welcome",
        "MondayFootball99",
        "letmeinletmeinletmein",
        "iloveyouiloveyou",
        "123456789012345",
        "1111111111111111",
        "31121999 31121999",
        "xxxxxxxxxxxxxxx",
        "abcabcabcabcabc",
        "qwertyuiopasdfgh",
        "zxcvbnm,zxcvbnm,",
        "1qaz2wsx3edc4rfv",
        "poiuytrewqlkjhgf",
        "abcdefghijklmnop",
        "a b c d e f g h i j",
        "!!!!!!!!!!!!!!!!",
    ],
)
def test_what_is_tried_first_is_not_taken(password: str) -> None:
    assert check(password) == COMMON


@pytest.mark.parametrize(
    "password",
    [
        "SharewellSharewell1x",
        "sharewell trust school",
        "SamPikeOduya2026!",
        "sam.pike@harbourlight",
        "HarbourLightTrust26",
        "h4rbour l1ght tru5t!!",
        "Harbour-Light-Pike-7",
        "Academy Trust Sharewell 9",
    ],
)
def test_what_is_made_of_words_about_the_person_is_not_taken(password: str) -> None:
    assert check(password, SAM) == ABOUT_YOU


def test_the_words_of_others_do_not_matter() -> None:
    assert check("HarbourLightTrust26", ("Kim", "kim@copperbeech.example")) is None


def test_short_parts_of_names_take_nothing_away() -> None:
    assert check("an old canal boat by me", ("An Bo", "me@by.example")) is None


def test_the_list_made_by_rule_holds_tens_of_thousands() -> None:
    assert len(passwords._common()) > 20_000
