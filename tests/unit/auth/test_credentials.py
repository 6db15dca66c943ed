"""One credential at a time: what replaces it has to be proved with it (R2.2, R2.8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.auth import passwords, repository, sign_in
from chalicelib.auth.errors import CurrentPasswordWrong, PasswordState, SignInFailed
from chalicelib.core.errors import ValidationFailed
from chalicelib.core.principal import Principal

ENTERING = Principal("cit_1", "session", "new-password", "low", datetime.now(UTC))
READY = replace(ENTERING, state="ready")
OWN, OTHER = "მწვანე ჩიტი ღობეზე ზის", "ლურჯი თევზი წყალში ცურავს"
ONE_TIME = "0123-4567-89ab-cdef"


@pytest.fixture
def citizen(portal: Any) -> Any:
    """Somebody who was at the counter; `citizen(kind, password)` gives them that credential instead."""
    from chalicelib import profiles
    from chalicelib.core.crypto import new_data_key
    from chalicelib.core.tables import Together

    key, item = new_data_key("cit_1")
    together = Together()
    together.create("key", item)
    person = profiles.Person("cit_1", "ნინო", "ბერიძე", "01234567890", "nino@example.ge", "555123456", "ka", 1)
    profiles.add_profile(together, key, person)
    until = datetime.now(UTC) + timedelta(days=14)
    repository.add_account(together, "cit_1", passwords.hashed(ONE_TIME), until, "opr_1")
    together.commit()

    def give(kind: repository.CredentialKind, password: str) -> None:
        account = repository.find_account("cit_1")
        assert account is not None
        change = Together()
        repository.set_credential(change, account, kind, passwords.hashed(password), None)
        change.commit()

    return give


def signs_in(password: str) -> bool:
    try:
        sign_in.sign_in("nino@example.ge", password, "203.0.113")
    except SignInFailed:
        return False
    return True


def test_a_one_time_password_is_replaced_without_being_asked_for_again(citizen: Any) -> None:
    """R2.2"""
    entered = sign_in.choose_password(ENTERING, OWN, None)
    assert entered.principal.state == "terms"
    assert signs_in(OWN)
    assert not signs_in(ONE_TIME)


def test_a_session_of_a_one_time_password_that_is_gone_replaces_nothing(citizen: Any) -> None:
    """R2.2: the index by which sessions are ended may lag behind."""
    citizen("password", OWN)
    with pytest.raises(PasswordState):
        sign_in.choose_password(ENTERING, OTHER, None)
    with pytest.raises(CurrentPasswordWrong):
        sign_in.choose_password(ENTERING, OTHER, ONE_TIME)
    assert signs_in(OWN)


def test_a_password_is_replaced_by_who_knows_it(citizen: Any) -> None:
    """R2.8"""
    citizen("password", OWN)
    for current, failure in ((None, PasswordState), (OTHER, CurrentPasswordWrong)):
        with pytest.raises(failure):
            sign_in.choose_password(READY, OTHER, current)
    sign_in.choose_password(READY, OTHER, OWN)
    assert signs_in(OTHER)
    assert not signs_in(OWN)


def test_a_session_from_before_a_visit_to_the_counter_replaces_nothing(citizen: Any) -> None:
    """R2.1"""
    with pytest.raises(PasswordState):
        sign_in.choose_password(READY, OWN, ONE_TIME)


@pytest.mark.parametrize(
    "new", ["ნინოს ჩიტი ღობეზე ზის", "ბერიძე ჩიტი ღობეზე ზის", "01234567890 ღობეზე", OWN, "მოკლე"]
)
def test_a_weak_password_is_refused_before_anything_is_written(citizen: Any, new: str) -> None:
    """R2.8"""
    citizen("password", OWN)
    with pytest.raises(ValidationFailed):
        sign_in.choose_password(READY, new, OWN)
    assert signs_in(OWN)


def test_who_does_not_exist_signs_in_with_nothing(citizen: Any) -> None:
    """R2.8"""
    for password in ("", ONE_TIME, passwords._nobodys_hash()):
        with pytest.raises(SignInFailed):
            sign_in.sign_in("nobody@example.ge", password, "203.0.113")


def test_nobodys_hash_costs_what_any_other_costs() -> None:
    """R2.8: the same parameters, whatever they become."""
    import argon2

    assert argon2.extract_parameters(passwords._nobodys_hash()) == argon2.extract_parameters(passwords.hashed(OWN))
    parameters = argon2.extract_parameters(passwords.hashed(OWN))
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (2, 19 * 1024, 1)
    assert parameters.type is argon2.Type.ID
