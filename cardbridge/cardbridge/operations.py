"""What the agent can do with the one usable card, each as one call.

Every operation opens the card exclusively, resets it on release and remembers no PIN. A PIN is asked for through
the `Prompter`, after the tries left have been read; the agent never spends a try by itself. Origins arrive checked
against the allow-list; formats are checked here. All failures are `CardError`.

The only setting is the path of a PKCS#11 module, for cards whose files the agent cannot read itself. Whoever
starts the agent reads it from the agent's configuration file and calls `configure` once:

    operations.configure(pkcs11_module="/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from enum import Enum
from typing import Any, Final

from cardbridge import pcsc, pkcs11, readers, webeid
from cardbridge.asking import must, question_for, with_code, with_new_code
from cardbridge.cards import Card
from cardbridge.contents import Identity
from cardbridge.errors import CardError
from cardbridge.iso7816 import CodeState
from cardbridge.prompts import Document, Pin, Prompter, Purpose
from cardbridge.readers import Found
from cardbridge.signatures import HASHES

_NONCE_LENGTHS: Final = range(44, 129)
_LONGEST_ORIGIN: Final = 255
_OF_THE_HOLDER: Final = (Pin.AUTHENTICATION, Pin.SIGNATURE)
# Where PC/SC finds a card that the agent cannot read itself, a PKCS#11 module may know it.
_FOR_A_MODULE: Final = frozenset({"foreign-card", "unsupported"})


class PinState(Enum):
    """What a card says about a PIN when it is asked without a code."""

    READY = "ready"
    BLOCKED = "blocked"
    NOT_ACTIVATED = "not-activated"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PinStatus:
    """One PIN: which, the byte that the card knows it by (None through PKCS#11), its state and tries left."""

    pin: Pin
    reference: int | None
    state: PinState
    tries_left: int | None


@dataclass(frozen=True)
class CertificateStatus:
    """One certificate of the holder.

    Attributes:
        pin: AUTHENTICATION or SIGNATURE: the PIN that guards its key.
        id: the id that key and certificate share on the card.
        key_reference: the byte that the card knows the key by, where it has one.
        algorithm: "RSA-2048", "P-256" or "P-384".
        certificate: DER.
        holder: the holder's name, one printable line.
        not_after: ISO 8601, UTC.
    """

    pin: Pin
    id: bytes
    key_reference: int | None
    algorithm: str
    certificate: bytes
    holder: str | None
    not_after: str


@dataclass(frozen=True)
class CardStatus:
    """One reader and what is in it.

    Attributes:
        reader: its name (the token's label for a card reached through PKCS#11).
        card: whether a card is in it.
        problem: None for a usable card, else `no-card`, `foreign-card`, `card-busy`, `card-fault`, `card-removed`
            or `unsupported`.
        atr: the card's answer to reset; empty where there is none.
        label: what the card calls itself, one printable line.
        profile: name of the profile in use ("generic-pkcs15", "ge-2011", "pkcs11"); None where there is none.
        tried: whether that profile was ever tried with the card it is made for.
        pins: in the order authentication, signature.
        certificates: likewise.
    """

    reader: str
    card: bool
    problem: str | None
    atr: bytes = b""
    label: str = ""
    profile: str | None = None
    tried: bool = False
    pins: tuple[PinStatus, ...] = ()
    certificates: tuple[CertificateStatus, ...] = ()


@dataclass
class _Settings:
    pkcs11_module: str | None = None


_settings = _Settings()


def configure(*, pkcs11_module: str | None = None) -> None:
    """Set the path of the PKCS#11 module to fall back on; None: no fallback."""
    _settings.pkcs11_module = pkcs11_module


def status() -> list[CardStatus]:
    """Return what is in each reader, without a question and without spending a try.

    Raises:
        CardError: `no-pcsc` or `no-reader`; everything about one reader stands in its `problem`.
    """
    with pcsc.readers() as connected, readers.found(connected) as cards:
        statuses = [_status(each) for each in cards]
    if _settings.pkcs11_module and any(each.problem in _FOR_A_MODULE for each in statuses):
        statuses = _with_module(statuses, _settings.pkcs11_module)
    return statuses


def authenticate(nonce: str, origin: str, prompter: Prompter) -> dict[str, str]:
    """Return a Web eID token 1.0: the authentication key signs H(H(origin) || H(nonce)) and nothing else.

    Args:
        nonce: the challenge as the site sent it, 44 to 128 characters.
        origin: as the browser says it, without a path.
        prompter: asks for the authentication PIN.
    """
    must(len(nonce) in _NONCE_LENGTHS and nonce.isascii() and nonce.isprintable())
    _must_be_origin(origin)
    with _card() as card:
        identity = _identity(card, Pin.AUTHENTICATION)
        asked = question_for(card, Pin.AUTHENTICATION, Purpose.AUTHENTICATE, origin=origin)
        signature = with_code(card, prompter, asked, lambda code: card.authenticate(code, origin, nonce))
    return webeid.token(identity.certificate, signature)


def signing_certificate(origin: str, prompter: Prompter) -> dict[str, Any]:  # noqa: ARG001 (asks before it calls)
    """Return `{certificate, supportedSignatureAlgorithms}` of the signature key, as Web eID has it.

    No PIN guards it: whether the site may have it, the caller has asked.
    """
    _must_be_origin(origin)
    with _card() as card:
        certificate = _identity(card, Pin.SIGNATURE).certificate
    return {
        "certificate": webeid.encoded(certificate.der),
        "supportedSignatureAlgorithms": webeid.supported_algorithms(certificate.kind),
    }


# The command of Web eID has these five.
def sign(certificate: str, hash: str, hash_function: str, origin: str, prompter: Prompter) -> dict[str, Any]:  # noqa: A002
    """Return `{signature, signatureAlgorithm}` over a digest, as Web eID has it.

    Args:
        certificate: base64 DER; must be the card's signing certificate, else `other-certificate`.
        hash: base64 digest.
        hash_function: "SHA-256", "SHA-384" or "SHA-512"; the digest has its length.
        origin: as the browser says it.
        prompter: asks for the signature PIN and shows the digest.
    """
    wanted, digest = _decoded(certificate), _decoded(hash)
    must(hash_function in HASHES and len(digest) == HASHES[hash_function].digest_size)
    _must_be_origin(origin)
    document = Document(hash_function, digest)
    with _card() as card:
        own = _identity(card, Pin.SIGNATURE).certificate
        if own.der != wanted:
            raise CardError("other-certificate")
        asked = question_for(card, Pin.SIGNATURE, Purpose.SIGN, origin=origin, document=document)
        signature = with_code(card, prompter, asked, lambda code: card.sign(code, document))
    return {
        "signature": webeid.encoded(signature),
        "signatureAlgorithm": webeid.signature_algorithm(own.kind, hash_function),
    }


def activate(prompter: Prompter) -> None:
    """Make the 6-digit signature PIN from the envelope's 5-digit transport PIN, which works once."""
    with _card() as card:
        _identity(card, Pin.SIGNATURE)
        card.must_be_activatable()
        asked = question_for(card, Pin.TRANSPORT, Purpose.ACTIVATE)
        with_new_code(card, prompter, asked, Pin.SIGNATURE, card.activate)


def change_pin(pin: Pin, prompter: Prompter) -> None:
    """Change the AUTHENTICATION or the SIGNATURE PIN, knowing the old one."""
    must(pin in _OF_THE_HOLDER)
    with _card() as card:
        asked = question_for(card, pin, Purpose.CHANGE)
        with_new_code(card, prompter, asked, pin, lambda old, new: card.change(pin, old, new))


def unblock(pin: Pin, prompter: Prompter) -> None:
    """Set a new AUTHENTICATION PIN with the PUK; the SIGNATURE PIN is `not-unblockable`."""
    must(pin in _OF_THE_HOLDER)
    with _card() as card:
        _identity(card, pin)
        card.must_be_unblockable(pin)
        asked = question_for(card, Pin.PUK, Purpose.UNBLOCK)
        with_new_code(card, prompter, asked, pin, lambda puk, new: card.unblock(pin, puk, new))


@contextmanager
def _card() -> Iterator[Card]:
    """Lend the one usable card."""
    with ExitStack() as stack:
        try:
            cards = stack.enter_context(readers.found(stack.enter_context(pcsc.readers())))
            card = readers.usable(cards)
        except CardError as error:
            if error.code not in _FOR_A_MODULE or _settings.pkcs11_module is None:
                raise
            by_module = stack.enter_context(pkcs11.card(_settings.pkcs11_module))
            if by_module is None:
                raise
            card = by_module
        yield card


def _identity(card: Card, pin: Pin) -> Identity:
    if pin not in card.identities:
        raise CardError("unsupported")
    return card.identities[pin]


def _must_be_origin(origin: str) -> None:
    must(0 < len(origin) <= _LONGEST_ORIGIN and origin.isascii() and origin.isprintable())


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CardError("invalid-argument") from error


def _status(found: Found) -> CardStatus:
    empty = CardStatus(found.reader, found.present, found.problem, found.atr)
    if found.card is None:
        return empty
    try:
        return _described(empty, found.card)
    except CardError as error:
        return replace(empty, problem=error.code)


def _described(empty: CardStatus, card: Card) -> CardStatus:
    mine = [pin for pin in _OF_THE_HOLDER if pin in card.identities]
    return replace(
        empty,
        card=True,
        problem=None,
        label=card.label,
        profile=card.profile,
        tried=card.tried,
        pins=tuple(
            PinStatus(pin, card.identities[pin].pin_reference, *_pin_state(card.state(pin))) for pin in mine
        ),
        certificates=tuple(_certificate(pin, card.identities[pin]) for pin in mine),
    )


def _pin_state(state: CodeState) -> tuple[PinState, int | None]:
    if not state.usable:
        return PinState.NOT_ACTIVATED, None
    if state.tries_left is None:
        return PinState.UNKNOWN, None
    return (PinState.READY if state.tries_left else PinState.BLOCKED), state.tries_left


def _certificate(pin: Pin, identity: Identity) -> CertificateStatus:
    certificate = identity.certificate
    return CertificateStatus(
        pin=pin,
        id=identity.id,
        key_reference=identity.key_reference,
        algorithm=certificate.kind.name,
        certificate=certificate.der,
        holder=certificate.holder,
        not_after=certificate.not_after.astimezone(UTC).isoformat(),
    )


def _with_module(statuses: list[CardStatus], module: str) -> list[CardStatus]:
    """Put the card that a module reaches in the place of its reader's."""
    try:
        with pkcs11.card(module) as card:
            if card is None:
                return statuses
            mine = _described(CardStatus(card.reader, card=True, problem=None), card)
    except CardError:
        return statuses
    shown = [mine if _is_reader_of(mine, each) else each for each in statuses]
    return shown if mine in shown else [*shown, mine]


def _is_reader_of(mine: CardStatus, other: CardStatus) -> bool:
    """Compare the readers' names; PKCS#11 cuts them off."""
    return other.problem in _FOR_A_MODULE and bool(mine.reader) and other.reader.startswith(mine.reader)
