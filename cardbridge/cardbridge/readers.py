"""Which card in which reader is the one to use. Never two cards, never a guess."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from cardbridge.apdu import Octets
from cardbridge.cards import Card, Pkcs15Card
from cardbridge.errors import CardError

_log = logging.getLogger(__name__)

# Of several cards that cannot be used, the one that is told about: what the person can mend comes first.
_TELLING: Final = ("card-busy", "card-fault", "unsupported", "foreign-card", "card-removed", "no-card")


class Link(Protocol):
    """An exclusive connection to a card. Closing it resets the card: no PIN stays given."""

    atr: bytes

    def transmit(self, apdu: Octets) -> bytes:
        """Exchange one command. Raises CardError: `card-removed`, `card-fault` or `no-pcsc`."""

    def close(self) -> None:
        """Reset the card and let it go."""


class Reader(Protocol):
    """A reader, and perhaps a card in it."""

    name: str

    def present(self) -> bool:
        """Say whether a card is in it."""

    def atr(self) -> bytes:
        """Return what the card in it said when it was powered; empty where there is none."""

    def connect(self) -> Link:
        """Take the card for this program alone. Raises CardError: `card-busy`, `card-removed`, `foreign-card`."""


@dataclass(frozen=True)
class Found:
    """A reader, whether a card is in it, and the card, or why it cannot be used."""

    reader: str
    present: bool
    atr: bytes
    card: Card | None
    problem: str | None


@contextmanager
def found(readers: Sequence[Reader]) -> Iterator[list[Found]]:
    """Open the cards in all readers, exclusively and until the end of the block.

    Raises:
        CardError: `no-reader`.
    """
    if not readers:
        raise CardError("no-reader")
    with ExitStack() as stack:
        yield [_opened(reader, stack) for reader in readers]


def usable(cards: Sequence[Found]) -> Card:
    """Choose the one card that can be used.

    Raises:
        CardError: `several-cards`, or why there is none.
    """
    good = [each.card for each in cards if each.card]
    if len(good) > 1:
        raise CardError("several-cards")
    if good:
        return good[0]
    problems = {each.problem for each in cards}
    raise CardError(next(code for code in _TELLING if code in problems))


def _opened(reader: Reader, stack: ExitStack) -> Found:
    if not reader.present():
        return Found(reader.name, present=False, atr=b"", card=None, problem="no-card")
    atr = reader.atr()
    try:
        link = reader.connect()
        with ExitStack() as opened:
            opened.callback(link.close)
            card = Pkcs15Card(link, link.atr)
            stack.push(opened.pop_all())
    except CardError as error:
        if error.code == "no-pcsc":
            raise
        _log.debug("the card in a reader cannot be used: %s", error.code)
        return Found(reader.name, present=True, atr=atr, card=None, problem=error.code)
    return Found(reader.name, present=True, atr=link.atr, card=card, problem=None)
