"""Everything that can go wrong between the browser and the card, as one exception with a stable code."""

from typing import Final

from cardbridge.prompts import Pin

CODES: Final = frozenset(
    {
        "no-pcsc",  # the system's smart card service does not run, or pyscard is missing
        "no-reader",
        "no-card",
        "foreign-card",  # a card in the reader that is no usable eID
        "several-cards",
        "card-removed",  # pulled out during an operation
        "card-busy",  # another program holds it
        "wrong-pin",
        "blocked",
        "not-activated",  # the signature PIN was never made from the envelope's transport PIN
        "already-activated",  # the transport PIN has done its work, which it does once
        "not-unblockable",  # the PUK has no power over this PIN
        "cancelled",
        "other-certificate",  # asked to sign for a certificate that this card does not hold
        "invalid-argument",
        "unsupported",
        "card-fault",  # the card answers what it must not
        "origin-not-allowed",
        "busy",
        "no-terminal",
        "timed-out",
    }
)


class CardError(Exception):
    """An operation that failed. Its text holds the code and nothing of the card, its holder or a PIN.

    Attributes:
        code: one of `CODES`.
        tries_left: how many are left, for `wrong-pin` and `blocked`, where the card says it.
        pin: which code it was about, for `wrong-pin`, `blocked`, `not-activated`, `already-activated`
            and `not-unblockable`.
    """

    def __init__(self, code: str, tries_left: int | None = None, pin: Pin | None = None) -> None:
        if code not in CODES:
            raise ValueError(f"no such code: {code}")
        super().__init__(code)
        self.code = code
        self.tries_left = tries_left
        self.pin = pin
