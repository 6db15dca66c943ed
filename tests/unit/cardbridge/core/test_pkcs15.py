"""Directory files of PKCS#15: those that OpenSC wrote, what else the standard allows, and anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cardbridge.errors import CardError
from cardbridge.pkcs15 import Application, CertificateObject, Directory, Entry, FilePath, KeyObject, PinObject
from hypothesis import given
from hypothesis import strategies as st

from cardbridge import pkcs15
from tests.unit.cardbridge.core.conftest import code_of
from tests.unit.cardbridge.core.fake_card import (
    CERTIFICATES,
    DIRECTORY_OF_APPLICATIONS,
    DIRECTORY_OF_OBJECTS,
    KEYS,
    OPENSC,
    PINS,
    TOKEN_INFO,
)

READERS = (
    pkcs15.applications,
    pkcs15.entries,
    pkcs15.keys,
    pkcs15.certificates,
    pkcs15.pins,
    pkcs15.label,
    pkcs15.first,
)
FILES = [
    (read, files[path])
    for files in OPENSC.values()
    for read, path in (
        (pkcs15.applications, DIRECTORY_OF_APPLICATIONS),
        (pkcs15.entries, DIRECTORY_OF_OBJECTS),
        (pkcs15.keys, KEYS),
        (pkcs15.certificates, CERTIFICATES),
        (pkcs15.pins, PINS),
        (pkcs15.label, TOKEN_INFO),
    )
]


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    size = bytes((length,)) if length < 128 else b"\x82" + length.to_bytes(2)
    return bytes((tag,)) + size + content


def octets(content: bytes) -> bytes:
    return tlv(0x04, content)


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(2, signed=True).lstrip(b"\0") or b"\0")


def path(hexadecimal: str, *more: bytes) -> bytes:
    return tlv(0x30, octets(bytes.fromhex(hexadecimal)), *more)


def key(common: bytes = b"", *, usage: bytes = b"\x05\x20", more: bytes = b"", tag: int = 0x30) -> bytes:
    """A private key with the usage `sign`, at 4B01, of the PIN 01."""
    return tlv(
        tag,
        tlv(0x30, common, octets(b"\x01")),
        tlv(0x30, octets(b"\x45"), tlv(0x03, usage), more),
        tlv(0xA1, tlv(0x30, path("4B01"), tlv(0x02, b"\x08\x00"))),
    )


def pin(*tail: bytes, reference: bytes = b"\x80\x01\x81", flags: bytes = b"\x02\x0c") -> bytes:
    return tlv(
        0x30,
        tlv(0x30, tlv(0x0C, b"PIN")),
        tlv(0x30, octets(b"\x07")),
        tlv(
            0xA1,
            tlv(0x30, tlv(0x03, flags), tlv(0x0A, b"\x01"), number(4), number(8), number(12), reference, *tail),
        ),
    )


def certificate(value: bytes, authority: bytes = b"") -> bytes:
    return tlv(0x30, tlv(0x30), tlv(0x30, octets(b"\x45"), authority), tlv(0xA1, tlv(0x30, value)))


# -- what OpenSC wrote


def test_opensc_says_where_the_application_and_its_directories_are() -> None:
    files = OPENSC["ec"]

    assert pkcs15.applications(files[DIRECTORY_OF_APPLICATIONS]) == [
        Application(bytes.fromhex("A000000063504B43532D3135"), bytes.fromhex("3F005015"))
    ]
    assert pkcs15.entries(files[DIRECTORY_OF_OBJECTS]) == [
        Entry(kind, FilePath(bytes.fromhex(f"3F005015{file}")), b"")
        for kind, file in (
            (Directory.PRIVATE_KEYS, "4402"),
            (Directory.CERTIFICATES, "4403"),
            (Directory.TRUSTED_CERTIFICATES, "4405"),
            (Directory.AUTHENTICATION_OBJECTS, "4401"),
        )
    ]
    assert pkcs15.label(files[TOKEN_INFO]) == "MyEID"


@pytest.mark.parametrize(("family", "kind"), [("rsa", "RSA"), ("ec", "EC")])
def test_opensc_s_keys_have_their_usage_their_pin_and_their_file(family: str, kind: str) -> None:
    """R2.3"""
    assert pkcs15.keys(OPENSC[family][KEYS]) == [
        KeyObject(
            b"\x01", b"\x01", kind, frozenset({"sign", "sign_recover"}), 1, FilePath(bytes.fromhex("3F0050154B01"))
        ),
        KeyObject(
            b"\x02", b"\x02", kind, frozenset({"non_repudiation"}), 2, FilePath(bytes.fromhex("3F0050154B02"))
        ),
    ]


def test_opensc_s_pins_have_their_reference_and_their_padding() -> None:
    assert [
        (each.id, each.reference, each.kind, each.stored, each.padding) for each in pkcs15.pins(OPENSC["ec"][PINS])
    ] == [
        (b"\xff", 3, 1, 8, 0xFF),
        (b"\x01", 1, 1, 8, 0xFF),
        (b"\x02", 2, 1, 8, 0xFF),
    ]


def test_opensc_s_certificates_have_their_keys_id_and_say_which_are_authorities() -> None:
    found = pkcs15.certificates(OPENSC["ec"][CERTIFICATES])

    assert [(each.id, each.authority) for each in found] == [
        (b"\x01", False),
        (b"\x02", False),
        (b"\x11", True),
        (b"\x12", True),
    ]
    assert found[0].path == FilePath(bytes.fromhex("3F0050154301"))


# -- what else the standard allows


@pytest.mark.parametrize(
    "common",
    [
        b"",
        tlv(0x0C, "ხელმოწერა".encode()),
        tlv(0x0C, b"\xff\xfe no UTF-8"),
        tlv(0x03, b"\x06\xc0"),
    ],
)
def test_parts_that_may_be_missing_may_be_missing(common: bytes) -> None:
    assert pkcs15.keys(key(common)) == [
        KeyObject(b"\x45", b"\x01", "RSA", frozenset({"sign"}), None, FilePath(b"\x4b\x01"))
    ]


def test_a_key_of_many_uses_has_them_all() -> None:
    (found,) = pkcs15.keys(
        key(usage=b"\x00\x74\x00", more=tlv(0x01, b"\xff") + tlv(0x03, b"\x03\xb8") + number(-1))
    )

    assert found.usage == {"decrypt", "sign", "sign_recover", "unwrap"}
    assert found.reference == 0xFF


def test_a_reference_is_a_byte_however_it_is_written() -> None:
    assert pkcs15.pins(pin(reference=tlv(0x80, b"\x81")))[0].reference == 0x81
    assert pkcs15.pins(pin(reference=tlv(0x80, b"\x00\x81")))[0].reference == 0x81
    assert pkcs15.pins(pin(reference=b""))[0].reference == 0


def test_a_pin_without_padding_is_sent_as_it_is() -> None:
    padded = pin(octets(b"\xff"), path("3F005015"), flags=b"\x02\x0c")
    bare = pin(octets(b"\xff"), flags=b"\x03\x08")

    assert pkcs15.pins(padded) == [PinObject(b"\x07", 0x81, 1, 8, 0xFF, FilePath(bytes.fromhex("3F005015")))]
    assert pkcs15.pins(bare)[0].padding is None


def test_a_certificate_may_stand_in_the_directory_itself() -> None:
    value = tlv(0x30, b"\x02\x01\x01")

    assert pkcs15.certificates(certificate(tlv(0xA0, value), authority=tlv(0x01, b"\xff"))) == [
        CertificateObject(b"\x45", authority=True, path=None, value=value)
    ]


def test_a_path_may_name_a_part_of_a_file() -> None:
    (found,) = pkcs15.certificates(certificate(path("4301", number(256), tlv(0x80, b"\x04"))))

    assert found.path == FilePath(b"\x43\x01", 256, 4)


def test_objects_may_stand_in_the_directory_of_directories() -> None:
    inside = key()

    assert pkcs15.entries(tlv(0xA0, tlv(0xA0, inside))) == [Entry(Directory.PRIVATE_KEYS, None, inside)]


def test_what_the_agent_has_no_use_for_is_passed_over() -> None:
    other = tlv(0xA1, tlv(0x30))

    assert pkcs15.keys(other + key() + other) == pkcs15.keys(key())
    assert pkcs15.pins(other + pin()) == pkcs15.pins(pin())
    assert pkcs15.certificates(other) == []
    assert pkcs15.entries(tlv(0xA1, path("4403")) + tlv(0xA0, path("4402"))) == [
        Entry(Directory.PRIVATE_KEYS, FilePath(b"\x44\x02"), b"")
    ]
    assert pkcs15.applications(tlv(0x61, tlv(0x50, b"no AID")) + tlv(0x30)) == []


def test_no_token_info_is_no_label() -> None:
    assert pkcs15.label(b"") == ""
    assert pkcs15.label(tlv(0x30, number(0), octets(b"\x01"))) == ""


@pytest.mark.parametrize(("read", "content"), FILES)
@pytest.mark.parametrize("padding", [b"\0", b"\0" * 300, b"\xff", b"\xff" * 300])
def test_padding_behind_the_last_object_changes_nothing(read, content: bytes, padding: bytes) -> None:  # noqa: ANN001
    assert read(content.rstrip(b"\0") + bytes(2) + padding) == read(content)


# -- anything else


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (pkcs15.entries, b"\xa0\x05\x30"),
        (pkcs15.entries, b"\xa0\x00"),
        (pkcs15.entries, b"\xa0\x80\x00"),
        (pkcs15.entries, tlv(0xA0, tlv(0x30))),
        (pkcs15.keys, tlv(0x30)),
        (pkcs15.keys, key(usage=b"")),
        (pkcs15.keys, tlv(0xA0, b"\x30\x10")),
        (pkcs15.pins, tlv(0x30, tlv(0x30), tlv(0x30, octets(b"\x07")), tlv(0xA1, tlv(0x30)))),
        (pkcs15.certificates, certificate(path("4301", tlv(0x02, b"\xff")))),
        (pkcs15.certificates, certificate(b"")),
        (pkcs15.label, b"\x30\x7f"),
        (pkcs15.applications, tlv(0x61, b"\x4f\x7f")),
    ],
)
def test_a_malformed_directory_is_the_cards_fault(read, content: bytes) -> None:  # noqa: ANN001
    with pytest.raises(CardError, match="card-fault"):
        read(content)


@given(content=st.binary(max_size=200), read=st.sampled_from(READERS))
def test_no_contents_do_worse_than_a_fault(content: bytes, read) -> None:  # noqa: ANN001
    _read(read, content)


@given(st.data())
def test_no_change_of_real_contents_does_worse_than_a_fault(data: st.DataObject) -> None:
    read, content = data.draw(st.sampled_from(FILES))
    changed = bytearray(content.rstrip(b"\0"))
    for place in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=4)):
        changed[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)))

    _read(read, bytes(changed))
    _read(read, bytes(changed[:cut]))


def _read(read, content: bytes) -> None:  # noqa: ANN001
    assert code_of(lambda: repr(read(content))) in {None, "card-fault"}


def test_the_recorded_card_is_nobodys() -> None:
    kept = json.loads(Path(__file__).with_name("opensc.json").read_text(encoding="utf-8"))

    assert kept.keys() == {"rsa", "ec"}
    assert all(b"01001012345".hex() in files["3F0050154402"] for files in kept.values())
