"""Cards, a reader to put them into, and the authorities that certify them; no hardware anywhere.

`rig` is a reader with two slots that are empty at the beginning of every test, `new_card(...)` a card that
OpenSC has written, `pki` who certified it and `responder` who says whether it still counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from rig import CardFile, Rig, personalise
from rig.chip import MANAGEABLE_ATR

from local.pki import CardFaults, Holder, Pki, Responder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NINO = Holder("ნინო", "ბერიძე", "01001012345")


class NewCard(Protocol):
    """`new_card(holder, key="rsa:2048", activated=False, atr=…, short_answers=False, faults=None)`.

    Each call gives a card of its own with full counters. Equal arguments give cards with equal keys and
    certificates, because making them takes a second.
    """

    def __call__(
        self,
        holder: Holder = NINO,
        *,
        key: str = "ec:secp256r1",
        activated: bool = False,
        atr: bytes = MANAGEABLE_ATR,
        short_answers: bool = False,
        faults: CardFaults | None = None,
    ) -> CardFile: ...


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of this suite is kept."""
    return tmp_path_factory.mktemp("card")


@pytest.fixture(scope="session")
def pki(folder: Path) -> Pki:
    """The test authorities."""
    return Pki.create(folder / "pki")


@pytest.fixture(scope="session")
def running_responder(pki: Pki) -> Iterator[Responder]:
    """The authorities' responders, at one address for all tests."""
    with Responder(pki) as responder:
        yield responder


@pytest.fixture
def responder(running_responder: Responder) -> Responder:
    """The authorities' responders: answering well, and nobody has asked yet."""
    running_responder.mode = "good"
    running_responder.asked.clear()
    return running_responder


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A reader with two empty slots: `rig.insert(card, slot=0)`, `rig.remove(slot=0)`, `rig.run(program, …)`."""
    with Rig(tmp_path / "rig") as rig:
        yield rig


@pytest.fixture(scope="session")
def cards_by_order(folder: Path, pki: Pki) -> Iterator[NewCard]:
    """The personaliser's workshop, with a reader of its own: one card for each different order."""
    made: dict[str, CardFile] = {}
    with Rig(folder / "workshop") as workshop:

        def make(
            holder: Holder = NINO,
            *,
            key: str = "ec:secp256r1",
            activated: bool = False,
            atr: bytes = MANAGEABLE_ATR,
            short_answers: bool = False,
            faults: CardFaults | None = None,
        ) -> CardFile:
            order = repr((holder, key, activated, atr, short_answers, faults))
            if order not in made:
                card = CardFile.create(folder / f"cards/{len(made)}.json", atr=atr, short_answers=short_answers)
                personalise(workshop, card, holder, pki, key=key, activated=activated, faults=faults)
                made[order] = card
            return made[order]

        yield make


@pytest.fixture
def new_card(cards_by_order: NewCard, tmp_path: Path) -> NewCard:
    """Cards that OpenSC has written, certified by `pki`; see NewCard."""
    count = iter(range(1_000_000))

    def make(holder: Holder = NINO, **order: object) -> CardFile:
        card = cards_by_order(holder, **order)  # type: ignore[arg-type]
        return card.copy(tmp_path / f"card-{next(count)}.json")

    return make  # type: ignore[return-value]
