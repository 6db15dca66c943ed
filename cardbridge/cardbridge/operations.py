"""What the agent can do with the one usable card, each as one call.

Every operation opens the card exclusively, resets it on release and remembers no PIN. A PIN is asked for through
the `Prompter`, after the tries left have been read; the agent never spends a try by itself. Origins arrive checked
against the allow-list; formats are checked here. All failures are `CardError`.

The only setting is the path of a PKCS#11 module, for cards whose files the agent cannot read itself. Whoever
starts the agent reads it from the agent's configuration file and calls `configure` once:

    operations.configure(pkcs11_module="/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from cardbridge.prompts import Pin, Prompter


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
        profile: name of the profile in use ("generic-pkcs15", "ge-2011", "pkcs11"); None where there is none.
        tried: whether that profile was ever tried with the card it is made for.
        pins: in the order authentication, signature.
        certificates: likewise.
    """

    reader: str
    card: bool
    problem: str | None
    atr: bytes = b""
    profile: str | None = None
    tried: bool = False
    pins: tuple[PinStatus, ...] = ()
    certificates: tuple[CertificateStatus, ...] = ()


def configure(*, pkcs11_module: str | None = None) -> None:
    """Set the path of the PKCS#11 module to fall back on; None: no fallback."""
    raise NotImplementedError


def status() -> list[CardStatus]:
    """Return what is in each reader, without a question and without spending a try.

    Raises:
        CardError: `no-pcsc` or `no-reader`; everything about one reader stands in its `problem`.
    """
    raise NotImplementedError


def authenticate(nonce: str, origin: str, prompter: Prompter) -> dict[str, str]:
    """Return a Web eID token 1.0: the authentication key signs H(H(origin) || H(nonce)) and nothing else.

    Args:
        nonce: the challenge as the site sent it, 44 to 128 characters.
        origin: as the browser says it, without a path.
        prompter: asks for the authentication PIN.
    """
    raise NotImplementedError


def signing_certificate(origin: str, prompter: Prompter) -> dict[str, Any]:
    """Return `{certificate, supportedSignatureAlgorithms}` of the signature key, as Web eID has it."""
    raise NotImplementedError


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
    raise NotImplementedError


def activate(prompter: Prompter) -> None:
    """Make the 6-digit signature PIN from the envelope's 5-digit transport PIN, which works once."""
    raise NotImplementedError


def change_pin(pin: Pin, prompter: Prompter) -> None:
    """Change the AUTHENTICATION or the SIGNATURE PIN, knowing the old one."""
    raise NotImplementedError


def unblock(pin: Pin, prompter: Prompter) -> None:
    """Set a new AUTHENTICATION PIN with the PUK; the SIGNATURE PIN is `not-unblockable`."""
    raise NotImplementedError
