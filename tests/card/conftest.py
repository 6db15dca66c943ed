"""Cards, a reader to put them into, the authorities that certify them, and the agent as it is installed.

`rig` is a reader with two empty slots, `new_card(...)` a card that OpenSC has written, `pki` who certified it,
`responder` who says whether it still counts, and `agent` the installed program at that reader. No hardware.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from rig import CardFile, Rig, personalise
from rig.chip import MANAGEABLE_ATR

from local import bootstrap
from local.pki import CardFaults, Holder, Pki, Responder
from tests.card.agent import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NINO = Holder("ნინო", "ბერიძე", "01001012345")
# Two keys, two signatures and the authorities: what a card may have.
DEFAULT_KEY = "ec:secp256r1"


class NewCard(Protocol):
    """`new_card(holder, key="ec:secp256r1", activated=False, atr=…, faults=None)`.

    Each call gives a card of its own with full counters. Equal arguments give cards with equal keys and
    certificates, because making them takes a second.
    """

    def __call__(
        self,
        holder: Holder = NINO,
        *,
        key: str = DEFAULT_KEY,
        activated: bool = False,
        atr: bytes = MANAGEABLE_ATR,
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
def cards_by_order(folder: Path, pki: Pki) -> Iterator[Callable[..., CardFile]]:
    """The personaliser's workshop, with a reader of its own: one card for each different order."""
    made: dict[str, CardFile] = {}
    with Rig(folder / "workshop") as workshop:

        def make(holder: Holder, *, key: str, activated: bool, atr: bytes, faults: CardFaults | None) -> CardFile:
            order = repr((holder, key, activated, atr, faults))
            if order not in made:
                card = CardFile.create(folder / f"cards/{len(made)}.json", atr=atr)
                personalise(workshop, card, holder, pki, key=key, activated=activated, faults=faults)
                made[order] = card
            return made[order]

        yield make


@pytest.fixture
def new_card(cards_by_order: Callable[..., CardFile], tmp_path: Path) -> NewCard:
    """Cards that OpenSC has written, certified by `pki`; see NewCard."""
    made: list[CardFile] = []

    def make(
        holder: Holder = NINO,
        *,
        key: str = DEFAULT_KEY,
        activated: bool = False,
        atr: bytes = MANAGEABLE_ATR,
        faults: CardFaults | None = None,
    ) -> CardFile:
        card = cards_by_order(holder, key=key, activated=activated, atr=atr, faults=faults)
        made.append(card.copy(tmp_path / f"cards/{len(made)}.json"))
        return made[-1]

    return make


@pytest.fixture(scope="session")
def cardbridge() -> Path:
    """The agent's program, installed as on a citizen's computer, from the sources as they are now."""
    bootstrap.install_agent()
    return bootstrap.CARD_VENV / "bin/cardbridge"


@pytest.fixture
def agent(cardbridge: Path, rig: Rig, tmp_path: Path) -> Iterator[Agent]:
    """The installed agent at `rig`; see Agent."""
    with Agent(cardbridge, rig, tmp_path / "agent") as agent:
        yield agent
