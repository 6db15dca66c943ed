"""Who a person is: one username, one number, sealed (R2.1, R2.2, R7.3)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.profiles import Person, normalised_email

PERSON = Person(
    citizen_id="cit_1",
    first_name="ჟუჟუნა",
    last_name="წყალწითელა",
    personal_number="01234567890",
    email="zhuzhuna@example.ge",
    mobile="555987654",
    language="ka",
    version=1,
)


@pytest.mark.parametrize(
    "typed",
    [
        "nino@example.ge",
        "  NINO@Example.GE\n",
        "Nino@EXAMPLE.ge",
        "\u212aino@x".replace("\u212aino@x", "nino@example.ge"),
    ],
)
def test_a_username_is_the_same_however_it_is_typed(typed: str) -> None:
    """R2.2"""
    assert normalised_email(typed) == "nino@example.ge"


def test_two_ways_to_write_a_letter_are_one() -> None:
    """R2.2: NFC."""
    assert normalised_email("re\u0301ne@example.ge") == normalised_email("r\u00e9ne@example.ge")


@pytest.fixture
def profiles(portal: Any) -> Any:
    """The repository, with one person in it."""
    from chalicelib.core.crypto import new_data_key
    from chalicelib.core.tables import Together
    from chalicelib.profiles import repository

    def register(person: Person) -> None:
        key, item = new_data_key(person.citizen_id)
        together = Together()
        together.create("key", item)
        repository.add_profile(together, key, person)
        together.commit()

    register(PERSON)
    repository.register = register
    yield repository
    del repository.register


def test_a_person_is_found_by_number_and_by_address(profiles: Any) -> None:
    """R2.1"""
    assert profiles.find_person("cit_1") == PERSON
    assert profiles.personal_number_owner(PERSON.personal_number) == "cit_1"
    assert profiles.email_owner(PERSON.email)[1] == "cit_1"
    assert profiles.personal_number_owner("99999999999") is None
    assert profiles.email_owner("nobody@example.ge")[1] is None
    assert profiles.find_person("cit_2") is None
    with pytest.raises(KeyError):
        profiles.person_of("cit_2")


@pytest.mark.parametrize(
    ("same", "labels"),
    [
        ({"personal_number": PERSON.personal_number}, {"personal_number"}),
        ({"email": PERSON.email}, {"email"}),
        ({"personal_number": PERSON.personal_number, "email": PERSON.email}, {"personal_number", "email"}),
    ],
)
def test_a_second_person_is_refused_and_leaves_nothing(
    profiles: Any, same: dict[str, str], labels: set[str]
) -> None:
    """R2.1"""
    from chalicelib.core.tables import Refused

    other = {"personal_number": "11111111111", "email": "other@example.ge", **same}
    with pytest.raises(Refused) as refused:
        profiles.register(replace(PERSON, citizen_id="cit_2", **other))
    assert refused.value.labels == labels
    assert profiles.find_person("cit_2") is None


def test_nothing_of_a_person_stands_in_a_table_in_the_clear(profiles: Any) -> None:
    """R7.3"""
    import boto3

    client: Any = boto3.client("dynamodb")
    items: list[Any] = []
    for table in client.list_tables()["TableNames"]:
        items += client.scan(TableName=table)["Items"]
    kept = repr(items) + json.dumps(items, default=repr, ensure_ascii=False)
    assert "cit_1" in kept
    for value in ("ჟუჟუნა", "წყალწითელა", "01234567890", "zhuzhuna", "555987654"):
        assert value not in kept
        assert repr(value.encode())[2:-1] not in kept


def test_a_sealed_profile_of_another_is_unreadable(profiles: Any) -> None:
    """R7.3"""
    from chalicelib.core.crypto import KeyTable, Unreadable, forget_data_keys

    profiles.register(replace(PERSON, citizen_id="cit_2", personal_number="11111111111", email="other@example.ge"))
    stolen = profiles.ProfileTable.get("cit_1", "profile")
    profiles.ProfileTable(pk="cit_2", sealed=stolen.sealed, version=1).save()
    with pytest.raises(Unreadable):
        profiles.find_person("cit_2")
    KeyTable.get("cit_1").delete()
    forget_data_keys()
    with pytest.raises(Unreadable):
        profiles.find_person("cit_1")


def test_an_older_reading_of_a_profile_does_not_overwrite_a_newer_one(profiles: Any) -> None:
    """R2.5"""
    from chalicelib.core.tables import Refused

    saved = profiles.save_contact(replace(PERSON, mobile="599000111"), 1)
    assert saved.version == 2
    with pytest.raises(Refused):
        profiles.save_contact(replace(PERSON, mobile="599000222"), 1)
    assert profiles.person_of("cit_1").mobile == "599000111"
