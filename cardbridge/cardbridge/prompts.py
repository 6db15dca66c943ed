"""How a person is asked for a PIN: the question, and the port that a terminal or a window implements."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Pin(Enum):
    """The codes of a card. TRANSPORT is the envelope's 5 digits, which make the signature PIN once."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"
    TRANSPORT = "transport"
    PUK = "puk"


class Purpose(Enum):
    """What the entered code will be used for."""

    AUTHENTICATE = "authenticate"
    SIGN = "sign"
    ACTIVATE = "activate"
    CHANGE = "change"
    UNBLOCK = "unblock"


@dataclass(frozen=True)
class Document:
    """What will be signed: the name of the hash function ("SHA-256") and the digest."""

    hash_function: str
    digest: bytes


@dataclass(frozen=True)
class PinQuestion:
    """One question for one code.

    Attributes:
        pin: which code is asked for.
        purpose: what for.
        origin: the site that asks; None at the card holder's own command.
        holder: the name in the certificate (what is released), one printable line; None where it has none.
        tries_left: None where the card does not say.
        was_wrong: the code entered before was wrong.
        min_length: digits at least.
        max_length: digits at most; equal to `min_length` where the length is fixed.
        document: what will be signed, at Purpose.SIGN.
        new: a new code is chosen; the prompter asks for it twice.
    """

    pin: Pin
    purpose: Purpose
    origin: str | None
    holder: str | None
    tries_left: int | None
    was_wrong: bool
    min_length: int
    max_length: int
    document: Document | None
    new: bool


class Prompter(Protocol):
    """Whoever can ask the person in front of the machine."""

    def ask(self, question: PinQuestion) -> bytearray | None:
        """Return the digits as ASCII, or None when the person cancels.

        Before the last try (`tries_left == 1`) it asks for an explicit confirmation first. The caller wipes what
        it gets; the prompter keeps no copy. Nothing goes to the card when it returns None.
        """
