"""Encryption of what lies in the tables: AES-256-GCM under a data key per citizen, wrapped by KMS.

A sealed value is a version byte, a nonce of 12 bytes and the ciphertext with its tag (NIST SP 800-38D).
The associated data names the place of the value, so that it can't be moved to another.
"""

import base64
import json
import secrets
import time
from typing import Any

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.core.tables import Table, find, table_name

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_SECONDS = 300
_KEYS_HELD = 256
LOOKUP_VERSION = "1"


class KeyTable(Table):
    """The wrapped data key of a citizen. Deleted, everything of that citizen in the tables is unreadable."""

    thing = "keys"

    class Meta:
        """Where it lies."""

        table_name = table_name("keys")

    citizen_id = UnicodeAttribute(hash_key=True)
    wrapped = BinaryAttribute(legacy_encoding=False)
    schema = UnicodeAttribute(default="1")


class Unreadable(Exception):
    """The data key is gone, or the value is not the one that was sealed at this place."""


def seal(key: bytes, plaintext: bytes, *place: str) -> bytes:
    """Return `plaintext` encrypted under `key` (32 bytes), bound to `place`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, _associated(place))


def unseal(key: bytes, sealed: bytes, *place: str) -> bytes:
    """Return what `seal` was given. Raises Unreadable."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if sealed[:1] != _VERSION:
        raise Unreadable
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _associated(place))
    except (InvalidTag, ValueError) as error:  # a value that was cut has no whole nonce
        raise Unreadable from error


def seal_json(key: bytes, value: Any, *place: str) -> bytes:
    """Return a JSON value, sealed."""
    return seal(key, json.dumps(value, ensure_ascii=False).encode(), *place)


def unseal_json(key: bytes, sealed: bytes, *place: str) -> Any:
    """Return the JSON value that `seal_json` was given. Raises Unreadable."""
    return json.loads(unseal(key, sealed, *place))


def new_data_key(citizen_id: str) -> tuple[bytes, KeyTable]:
    """Return a fresh data key and the item that keeps it wrapped; the caller writes the item."""
    made = aws.kms().generate_data_key(
        KeyId=settings().data_key_arn, KeySpec="AES_256", EncryptionContext=_context(citizen_id)
    )
    return made["Plaintext"], KeyTable(citizen_id=citizen_id, wrapped=made["CiphertextBlob"])


def unwrapped(citizen_id: str, wrapped: bytes) -> bytes:
    """Return the data key that `new_data_key` wrapped for a citizen."""
    opened = aws.kms().decrypt(CiphertextBlob=wrapped, EncryptionContext=_context(citizen_id))
    return opened["Plaintext"]


def data_key(citizen_id: str) -> bytes:
    """Return the data key of a citizen, held in memory for five minutes at most. Raises Unreadable."""
    held = _held.get(citizen_id)
    if held and held[1] > time.monotonic():
        return held[0]
    item = find(KeyTable, citizen_id, consistent=False) or find(KeyTable, citizen_id)
    if item is None:
        raise Unreadable
    key = unwrapped(citizen_id, item.wrapped)
    if len(_held) >= _KEYS_HELD:
        _held.pop(next(iter(_held)))
    _held[citizen_id] = (key, time.monotonic() + _KEY_SECONDS)
    return key


def forget_data_keys() -> None:
    """Drop the data keys held in memory."""
    _held.clear()


def lookup_name(kind: str, value: str) -> str:
    """Return the name under which a personal number or an e-mail is looked up.

    It is `kind#version#HMAC-SHA-256`, made by KMS: without that key nobody can try values offline.
    """
    made = aws.kms().generate_mac(
        KeyId=settings().lookup_key_arn, MacAlgorithm="HMAC_SHA_256", Message=f"{kind}:{value}".encode()
    )
    return f"{kind}#{LOOKUP_VERSION}#{base64.urlsafe_b64encode(made['Mac']).decode().rstrip('=')}"


_held: dict[str, tuple[bytes, float]] = {}


def _context(citizen_id: str) -> dict[str, str]:
    return {"citizen": citizen_id, "purpose": "tables"}


def _associated(place: tuple[str, ...]) -> bytes:
    return "\0".join(place).encode()
