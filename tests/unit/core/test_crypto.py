"""What lies in the tables is unreadable without the citizen's key, and at any other place (R7.3)."""

import os
from typing import Any

import pytest

from chalicelib.core import crypto
from chalicelib.core.crypto import Unreadable, seal, seal_json, unseal, unseal_json

KEY = bytes(range(32))
PLACE = ("profile", "cit_1")


def test_what_was_sealed_is_read_again() -> None:
    for content in (b"", b"\x00\xff", "ნინო".encode(), os.urandom(100_000)):
        assert unseal(KEY, seal(KEY, content, *PLACE), *PLACE) == content
    value = {"first_name": "ნინო", "version": 1, "none": None}
    assert unseal_json(KEY, seal_json(KEY, value, *PLACE), *PLACE) == value


def test_a_sealed_value_has_a_version_a_nonce_and_a_tag_and_is_never_the_same() -> None:
    sealed = seal(KEY, b"content", *PLACE)
    assert sealed[:1] == b"\x01"
    assert len(sealed) == 1 + 12 + len(b"content") + 16
    assert sealed != seal(KEY, b"content", *PLACE)
    assert b"content" not in sealed


@pytest.mark.parametrize(
    "place",
    [("profile", "cit_2"), ("draft", "cit_1"), ("profile",), ("profile", "cit_1", ""), ("cit_1", "profile"), ()],
)
def test_a_value_that_was_moved_is_unreadable(place: tuple[str, ...]) -> None:
    sealed = seal(KEY, b"content", *PLACE)
    with pytest.raises(Unreadable):
        unseal(KEY, sealed, *place)


@pytest.mark.parametrize("change", [0, 1, 5, 13, 20, -1])
def test_a_value_that_was_changed_is_unreadable(change: int) -> None:
    sealed = bytearray(seal(KEY, b"content", *PLACE))
    sealed[change] ^= 1
    with pytest.raises(Unreadable):
        unseal(KEY, bytes(sealed), *PLACE)


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20])
def test_a_value_that_was_cut_is_unreadable(length: int) -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, seal(KEY, b"content", *PLACE)[:length], *PLACE)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unreadable):
        unseal(bytes(32), seal(KEY, b"content", *PLACE), *PLACE)


def test_a_citizens_key_is_kept_wrapped_and_held_for_five_minutes(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, item = crypto.new_data_key("cit_1")
    item.save()
    assert len(key) == 32
    assert key not in item.wrapped
    assert crypto.data_key("cit_1") == key
    asked: list[str] = []
    kms = crypto.aws.kms()
    monkeypatch.setattr(kms, "decrypt", lambda **given: asked.append("decrypt") or {"Plaintext": key})
    now = 0.0
    monkeypatch.setattr(crypto.time, "monotonic", lambda: now)
    crypto.forget_data_keys()
    for now, times in ((0.0, 1), (299.0, 1), (301.0, 2)):  # noqa: B007 - the clock reads it
        assert crypto.data_key("cit_1") == key
        assert len(asked) == times


def test_with_the_wrapped_key_everything_of_a_citizen_is_gone(portal: Any) -> None:
    """R7.1"""
    key, item = crypto.new_data_key("cit_1")
    item.save()
    sealed = seal(key, b"content", *PLACE)
    assert unseal(crypto.data_key("cit_1"), sealed, *PLACE) == b"content"
    item.delete()
    crypto.forget_data_keys()
    with pytest.raises(Unreadable):
        crypto.data_key("cit_1")


def test_a_citizen_without_a_key_is_unreadable(portal: Any) -> None:
    with pytest.raises(Unreadable):
        crypto.data_key("cit_none")


def test_a_wrapped_key_opens_for_its_own_citizen_alone(portal: Any) -> None:
    from botocore.exceptions import ClientError

    _, item = crypto.new_data_key("cit_1")
    crypto.KeyTable(citizen_id="cit_2", wrapped=item.wrapped).save()
    with pytest.raises(ClientError):
        crypto.data_key("cit_2")


def test_no_more_keys_are_held_than_a_small_number(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "_KEYS_HELD", 2)
    for number in range(4):
        _, item = crypto.new_data_key(f"cit_{number}")
        item.save()
        crypto.data_key(f"cit_{number}")
    assert list(crypto._held) == ["cit_2", "cit_3"]


def test_a_lookup_name_is_stable_and_tells_nothing(portal: Any) -> None:
    """R7.3"""
    name = crypto.lookup_name("email", "nino@example.ge")
    assert name == crypto.lookup_name("email", "nino@example.ge")
    kind, version, mac = name.split("#")
    assert (kind, version) == ("email", crypto.LOOKUP_VERSION)
    assert len(mac) == 43
    assert "nino" not in name
    assert mac != crypto.lookup_name("operator", "nino@example.ge").split("#")[2]
    assert mac != crypto.lookup_name("email", "nino@example.com").split("#")[2]
