import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import ids

MOMENT = datetime(2026, 11, 24, 10, 15, 2, 123000, tzinfo=UTC)


@pytest.mark.parametrize(("digits", "check"), [("7992739871", 3), ("202611840273", 7), ("0", 0), ("1", 8)])
def test_the_check_digit_is_that_of_luhn(digits: str, check: int) -> None:
    assert ids._luhn_digit(digits) == check


def test_a_registration_number_is_year_eight_digits_and_a_check_digit() -> None:
    """R4.2"""
    number = ids.new_registration_number(2026)
    assert re.fullmatch(r"2026-\d{8}-\d", number)
    year, serial, check = number.split("-")
    assert ids._luhn_digit(year + serial) == int(check)
    assert len({ids.new_registration_number(2026) for _ in range(100)}) > 95


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(digits: str, place: int, by: int) -> None:
    """R4.2"""
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert ids._luhn_digit(wrong) != ids._luhn_digit(digits)


def test_an_id_is_a_prefix_and_a_ulid() -> None:
    made = ids.new_id("req", MOMENT)
    assert re.fullmatch(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}", made)
    assert made != ids.new_id("req", MOMENT)


def test_a_ulid_holds_the_published_example() -> None:
    """The time part of https://github.com/ulid/spec: 1469918176385 is 01ARYZ6S41."""
    moment = datetime.fromtimestamp(1469918176, UTC) + timedelta(milliseconds=385)
    assert ids.new_id("x", moment).startswith("x_01ARYZ6S41")


@given(st.integers(0, 10**12), st.integers(1, 10**9))
def test_ids_sort_by_time(milliseconds: int, more: int) -> None:
    early = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
    assert ids.new_id("req", early) < ids.new_id("req", early + timedelta(milliseconds=more))


def test_a_derived_id_is_the_same_for_the_same_cause() -> None:
    """R5.1: a repeated effect has the id of the first."""
    made = ids.derived_id("ntc", MOMENT, "cit_1", "request-answered")
    assert made == ids.derived_id("ntc", MOMENT, "cit_1", "request-answered")
    assert made != ids.derived_id("ntc", MOMENT, "cit_2", "request-answered")
    assert made != ids.derived_id("ntc", MOMENT, "cit_1request", "-answered")
    assert made[:14] == ids.new_id("ntc", MOMENT)[:14]


def test_a_token_has_256_bits_and_is_stored_as_its_digest() -> None:
    """R7.3"""
    token = ids.new_token()
    assert len(token) == 43
    assert token != ids.new_token()
    assert re.fullmatch(r"[0-9a-f]{64}", ids.token_hash(token))
    assert token not in ids.token_hash(token)
