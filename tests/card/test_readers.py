"""Readers without the right card, and a card that others want: what the agent says, and what it spends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rig import AUTHENTICATION, AUTHENTICATION_PIN, SIGNATURE, SIGNATURE_PIN, Rig

from local.pki import Holder
from tests.card.agent import Agent
from tests.card.test_operations import NONCE, ORIGIN, authenticate, sign
from tests.card.test_pin_life import tries
from tests.card.test_rig import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.card.conftest import NewCard

GIORGI = Holder("გიორგი", "მაისურაძე", "01001054321")


def test_without_a_card_nothing_is_asked(agent: Agent) -> None:
    """R2.3."""
    outcome = authenticate(agent, AUTHENTICATION_PIN)

    assert (outcome.error, outcome.questions) == ("no-card", ())


def test_a_foreign_card_is_told_from_a_missing_one(rig: Rig, agent: Agent) -> None:
    rig.insert(None)

    outcome = authenticate(agent, AUTHENTICATION_PIN)

    assert (outcome.error, outcome.questions) == ("foreign-card", ())
    assert agent.status()[0]["problem"] == "foreign-card"


@pytest.mark.parametrize("slots", [(0, 1), (1, 0)])
def test_a_foreign_card_beside_the_right_one_is_passed_over(
    rig: Rig, agent: Agent, new_card: NewCard, slots: tuple[int, int]
) -> None:
    card = new_card()
    rig.insert(card, slots[0])
    rig.insert(None, slots[1])

    assert authenticate(agent, AUTHENTICATION_PIN).error is None
    assert card.signatures() == 1


def test_of_two_cards_none_is_guessed(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.3: never a try on the wrong person's card."""
    cards = [new_card(), new_card(GIORGI)]
    for slot, card in enumerate(cards):
        rig.insert(card, slot)

    outcome = authenticate(agent, AUTHENTICATION_PIN)

    assert (outcome.error, outcome.questions) == ("several-cards", ())
    assert [card.tries(AUTHENTICATION) for card in cards] == [3, 3]
    assert [found["problem"] for found in agent.status()] == [None, None]


def test_without_a_reader_that_is_said(cardbridge: Path, tmp_path: Path) -> None:
    with (
        Rig(tmp_path / "rig", with_readers=False) as rig,
        Agent(cardbridge, rig, tmp_path / "agent") as agent,
    ):
        outcome = authenticate(agent, AUTHENTICATION_PIN)

    assert (outcome.error, outcome.questions) == ("no-reader", ())


def test_without_the_card_service_that_is_said(rig: Rig, agent: Agent) -> None:
    agent.environment["PCSCLITE_CSOCK_NAME"] = str(rig.folder / "nothing-listens-here")

    assert authenticate(agent, AUTHENTICATION_PIN).error == "no-pcsc"


def test_a_card_pulled_while_its_pin_is_typed_is_told_and_loses_nothing(
    rig: Rig, agent: Agent, new_card: NewCard
) -> None:
    """R2.3: the card survives, and serves again as soon as it is back."""
    card = new_card()
    rig.insert(card)
    under_way = agent.begin("authenticate", nonce=NONCE, origin=ORIGIN)
    assert under_way.question() is not None

    rig.remove()
    outcome = under_way.finish_after(AUTHENTICATION_PIN)

    assert outcome.error == "card-removed"
    assert (card.tries(AUTHENTICATION), card.signatures()) == (3, 0)
    rig.insert(card)
    assert authenticate(agent, AUTHENTICATION_PIN).error is None


def test_a_card_exchanged_while_its_pin_is_typed_never_sees_the_pin(
    rig: Rig, agent: Agent, new_card: NewCard
) -> None:
    """A PIN that was typed for one person's card is no try on another's."""
    mine, theirs = new_card(), new_card(GIORGI)
    rig.insert(mine)
    under_way = agent.begin("authenticate", nonce=NONCE, origin=ORIGIN)
    assert under_way.question() is not None

    rig.remove()
    rig.insert(theirs)
    outcome = under_way.finish_after("9999")

    assert outcome.error == "card-removed"
    assert (theirs.tries(AUTHENTICATION), theirs.signatures()) == (3, 0)


def test_while_the_agent_has_the_card_no_other_program_does(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.3: nobody signs with a PIN that was typed for somebody else."""
    rig.insert(new_card())
    under_way = agent.begin("authenticate", nonce=NONCE, origin=ORIGIN)
    assert under_way.question() is not None

    refused = rig.run("opensc-tool", "--reader", "0", "--send-apdu", "00200001")

    assert refused.returncode != 0
    assert "Reader in use by another application" in refused.stdout + refused.stderr
    assert authenticate(agent, AUTHENTICATION_PIN).error == "card-busy"
    assert under_way.finish_after(AUTHENTICATION_PIN).error is None


def test_after_an_operation_the_pin_is_forgotten(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.3: the card is reset on release, so that the next program finds no PIN given."""
    card = new_card(activated=True)
    rig.insert(card)

    assert authenticate(agent, AUTHENTICATION_PIN).error is None
    assert tries(rig, AUTHENTICATION) == 3
    assert sign(agent, card, SIGNATURE_PIN).error is None
    assert tries(rig, SIGNATURE) == 3


def test_opensc_would_find_a_pin_that_was_left_given(rig: Rig, new_card: NewCard) -> None:
    """What the test before this one rests on: a PIN that is not reset is seen from outside."""
    rig.insert(new_card())
    pin = AUTHENTICATION_PIN.encode().hex() + "ff" * 4

    verified, state = f"0020000108{pin}", "00200001"
    said = rig.tool("opensc-tool", "--card-driver", "default", "--send-apdu", verified, "--send-apdu", state)

    assert said.count("SW1=0x90, SW2=0x00") == 2


def test_a_killed_agent_leaves_the_card_to_others(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    rig.insert(new_card())
    under_way = agent.begin("authenticate", nonce=NONCE, origin=ORIGIN)
    assert under_way.question() is not None

    under_way.program.kill()
    under_way.program.wait()

    assert verify(rig, AUTHENTICATION_PIN) == ""
