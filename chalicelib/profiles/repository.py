"""The profile of a citizen, sealed under the citizen's data key, and the two guards of uniqueness."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.crypto import data_key, lookup_name, seal_json, unseal_json
from chalicelib.core.tables import Table, Together, change, find, table_name
from chalicelib.profiles.person import Person

_PROFILE = "profile"
_GUARD = "guard"
_EMAIL_CHANGE = "email-change"


class ProfileTable(Table):
    """Names, personal number and contact data."""

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_PROFILE)
    sealed = BinaryAttribute(legacy_encoding=False)
    version = NumberAttribute()
    schema = UnicodeAttribute(default="1")


class GuardTable(Table):
    """One personal number, or one e-mail address, belongs to one citizen."""

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_GUARD)
    citizen_id = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class EmailChangeTable(Table):
    """An address that waits for its code."""

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_EMAIL_CHANGE)
    sealed = BinaryAttribute(legacy_encoding=False)
    code_name = UnicodeAttribute()
    tries = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


def add_profile(together: Together, key: bytes, person: Person) -> None:
    """Add a new person and the guards `personal-number` and `email` to the writes of a registration."""
    together.create("profile", _profile(key, person))
    for label, name in (("personal_number", person.personal_number), ("email", person.email)):
        together.create(label, GuardTable(pk=lookup_name(label, name), citizen_id=person.citizen_id))


def email_owner(email: str) -> tuple[str, str | None]:
    """Return the lookup name of a username (a normalised address), and the citizen whose it is."""
    name = lookup_name("email", email)
    return name, _owner(name)


def personal_number_owner(personal_number: str) -> str | None:
    """Return the citizen who has this personal number."""
    return _owner(lookup_name("personal_number", personal_number))


def find_person(citizen_id: str) -> Person | None:
    """Return a citizen's profile."""
    item = find(ProfileTable, citizen_id, _PROFILE)
    if item is None:
        return None
    fields = unseal_json(data_key(citizen_id), item.sealed, _PROFILE, citizen_id)
    return Person(citizen_id=citizen_id, version=int(item.version), **fields)


def person_of(citizen_id: str) -> Person:
    """Return the profile of a citizen who has one. Raises KeyError."""
    person = find_person(citizen_id)
    if person is None:
        raise KeyError("profile")
    return person


def save_contact(person: Person, expected_version: int) -> Person:
    """Write a changed profile that keeps its address. Raises Refused when it was changed meanwhile."""
    saved = replace(person, version=expected_version + 1)
    together = Together()
    together.replace("profile", _profile(data_key(person.citizen_id), saved), _at(expected_version))
    together.commit()
    return saved


def start_email_change(together: Together, citizen_id: str, new_email: str, code: str, until: datetime) -> None:
    """Add an address that waits for `code`, in place of an earlier one."""
    item = EmailChangeTable(
        pk=citizen_id,
        sealed=seal_json(data_key(citizen_id), new_email, _EMAIL_CHANGE, citizen_id),
        code_name=_code_name(citizen_id, code),
        expires_at=clock.epoch(until),
    )
    together.put("email-change", item)


def pending_email_change(citizen_id: str) -> tuple[str, datetime] | None:
    """Return the address that waits and until when, None when none does."""
    item = find(EmailChangeTable, citizen_id, _EMAIL_CHANGE)
    if item is None or clock.has_passed(item.expires_at):
        return None
    new_email: str = unseal_json(data_key(citizen_id), item.sealed, _EMAIL_CHANGE, citizen_id)
    return new_email, clock.from_epoch(item.expires_at)


def spend_email_code_try(citizen_id: str, code: str, max_tries: int) -> bool:
    """Count a try and tell whether the code is right. Raises Refused when no try is left."""
    item = EmailChangeTable(pk=citizen_id)
    left = (
        EmailChangeTable.pk.exists()
        & (EmailChangeTable.tries < max_tries)
        & (EmailChangeTable.expires_at > clock.epoch(clock.now()))
    )
    change(item, [EmailChangeTable.tries.add(1)], left)
    return bool(item.code_name == _code_name(citizen_id, code))


def finish_email_change(together: Together, person: Person, new_email: str) -> Person:
    """Add the writes that make `new_email` the username: profile, both guards, the waiting change."""
    key = data_key(person.citizen_id)
    saved = replace(person, email=new_email, version=person.version + 1)
    old_guard = GuardTable(pk=lookup_name("email", person.email))
    together.remove("old-email", old_guard, GuardTable.citizen_id == person.citizen_id)
    together.create("email", GuardTable(pk=lookup_name("email", new_email), citizen_id=person.citizen_id))
    together.replace("profile", _profile(key, saved), _at(person.version))
    together.remove("email-change", EmailChangeTable(pk=person.citizen_id), EmailChangeTable.pk.exists())
    return saved


def _profile(key: bytes, person: Person) -> ProfileTable:
    fields: dict[str, Any] = asdict(person)
    del fields["citizen_id"], fields["version"]
    sealed = seal_json(key, fields, _PROFILE, person.citizen_id)
    return ProfileTable(pk=person.citizen_id, sealed=sealed, version=person.version)


def _at(version: int) -> Any:
    return ProfileTable.version == version


def _owner(name: str) -> str | None:
    item = find(GuardTable, name, _GUARD)
    return item.citizen_id if item else None


def _code_name(citizen_id: str, code: str) -> str:
    return lookup_name(f"email-code:{citizen_id}", code)
