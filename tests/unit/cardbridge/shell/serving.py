"""`cardbridge` with a card made of Python: a program that tests start in a terminal of its own.

Arguments: port, patience in seconds, a file to which each use of a PIN is written, then cardbridge's own.
"""

import json
import sys
from pathlib import Path
from typing import Any

from cardbridge.errors import CardError
from cardbridge.prompts import Document, Pin, PinQuestion, Prompter, Purpose

from cardbridge import cli, loopback

HOLDER = "ნინო ბერიძე"
CORRECT = {Pin.AUTHENTICATION: b"1234", Pin.SIGNATURE: b"654321", Pin.TRANSPORT: b"12345", Pin.PUK: b"87654321"}


def question(
    pin: Pin = Pin.AUTHENTICATION, purpose: Purpose = Purpose.AUTHENTICATE, **changes: Any
) -> PinQuestion:
    """A question for a code of the length that the card has."""
    known: dict[str, Any] = {
        "origin": None,
        "holder": HOLDER,
        "tries_left": 3,
        "was_wrong": False,
        "min_length": len(CORRECT[pin]),
        "max_length": len(CORRECT[pin]),
        "document": None,
        "new": False,
    }
    return PinQuestion(pin, purpose, **(known | changes))


class Card:
    """The operations of a card with three tries; it writes down each PIN that is used, and if it was right."""

    def __init__(self, used: Path) -> None:
        self._used = used
        self._tries = 3

    def configure(self, *, pkcs11_module: str | None) -> None:
        self.module = pkcs11_module

    def status(self) -> list[Any]:
        raise CardError("no-reader")

    def authenticate(self, nonce: str, origin: str, prompter: Prompter) -> dict[str, str]:
        if len(nonce) < 44:
            raise CardError("invalid-argument")
        self._verify(Pin.AUTHENTICATION, Purpose.AUTHENTICATE, origin, prompter)
        return {"format": "web-eid:1.0", "nonce": nonce, "origin": origin}

    def signing_certificate(self, origin: str, prompter: Prompter) -> dict[str, Any]:
        self._note("certificate")
        return {"certificate": "AAAA", "supportedSignatureAlgorithms": []}

    def sign(
        self,
        certificate: str,
        hash: str,  # noqa: A002 as Web eID has it
        hash_function: str,
        origin: str,
        prompter: Prompter,
    ) -> dict[str, Any]:
        document = Document(hash_function, hash.encode())
        self._verify(Pin.SIGNATURE, Purpose.SIGN, origin, prompter, document)
        return {"signature": "AAAA", "signatureAlgorithm": {}}

    def activate(self, prompter: Prompter) -> None:
        self._verify(Pin.TRANSPORT, Purpose.ACTIVATE, None, prompter)
        if prompter.ask(question(Pin.SIGNATURE, Purpose.ACTIVATE, new=True)) is None:
            raise CardError("cancelled")

    def change_pin(self, pin: Pin, prompter: Prompter) -> None:
        self._verify(pin, Purpose.CHANGE, None, prompter)

    def unblock(self, pin: Pin, prompter: Prompter) -> None:
        self._verify(Pin.PUK, Purpose.UNBLOCK, None, prompter)

    def _verify(
        self, pin: Pin, purpose: Purpose, origin: str | None, prompter: Prompter, document: Document | None = None
    ) -> None:
        wrong = False
        while self._tries:
            asked = question(
                pin, purpose, origin=origin, tries_left=self._tries, was_wrong=wrong, document=document
            )
            entered = prompter.ask(asked)
            if entered is None:
                raise CardError("wrong-pin", self._tries, pin) if wrong else CardError("cancelled")
            right = entered == CORRECT[pin]
            entered[:] = bytes(len(entered))
            self._note(pin.value, right=right)
            if right:
                return
            self._tries -= 1
            wrong = True
        raise CardError("blocked", 0, pin)

    def _note(self, what: str, *, right: bool = True) -> None:
        with self._used.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"used": what, "right": right}) + "\n")


if __name__ == "__main__":
    loopback.PORT = int(sys.argv[1])
    loopback._READING_TIME = 2.0
    sys.exit(cli.main(sys.argv[4:], Card(Path(sys.argv[3])), patience=float(sys.argv[2])))
