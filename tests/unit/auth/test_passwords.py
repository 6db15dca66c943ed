import pytest

from chalicelib.auth import passwords
from chalicelib.auth.throttle import FREE_ATTEMPTS, wait_after


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("მოკლეა", "too-short"),
        ("ა" * 20, "too-common"),
        ("passwordpassword", "too-common"),
        ("abcabcabcabcabcabc", "too-common"),
        ("abcdefghijklmnopq", "too-common"),
        ("x" * 40 + "მწვანე ჩიტი ღობეზე ზის" * 5, "too-long"),
        ("nino.beridze-2026-gza", "contains-personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    errors = passwords.password_errors(password, ["nino.beridze"], "/new_password")
    assert [error.code for error in errors] == [code]


def test_a_phrase_in_georgian_is_accepted_and_verified() -> None:
    phrase = "მწვანე ჩიტი ღობეზე ზის"
    assert passwords.password_errors(phrase, ["nino"], "/new_password") == []
    assert passwords.matches(passwords.hashed(phrase), phrase)
    assert not passwords.matches(passwords.hashed(phrase), phrase + " ")
    assert not passwords.matches(None, phrase)


def test_a_one_time_password_has_80_bits_and_forgives_how_it_is_typed() -> None:
    """R2.1"""
    made = passwords.new_one_time_password()
    assert len(made) == 19
    assert passwords.typed_one_time_password(f" {made.upper().replace('-', ' ')} ") == made


def test_attempts_wait_longer_and_longer_after_the_tenth() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in range(FREE_ATTEMPTS + 3)]
    assert waits[:FREE_ATTEMPTS] == [0] * FREE_ATTEMPTS
    assert waits[FREE_ATTEMPTS:] == [30, 60, 120]
    assert wait_after(500).total_seconds() == 3600
