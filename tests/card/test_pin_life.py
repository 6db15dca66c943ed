"""A PIN's life, from the envelope to the block, at the agent's terminal; OpenSC looks at the same card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rig import AUTHENTICATION, AUTHENTICATION_PIN, PUK, SIGNATURE, SIGNATURE_PIN, TRANSPORT_PIN, Rig

from tests.card.test_operations import authenticate, sign
from tests.card.test_rig import verified_by_openssl, verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.card.agent import Agent
    from tests.card.conftest import NewCard

WRONG_PIN = "9999"
WRONG_SIGNATURE_PIN = "999999"


def tries(rig: Rig, pin: int) -> int | None:
    """OpenSC's view of a counter: it asks the card by a command that spends nothing. None: not usable."""
    # The driver that knows no card: another would select the application, which makes a card forget.
    said = rig.tool("opensc-tool", "--card-driver", "default", "--send-apdu", f"002000{pin:02x}")
    left = re.search(r"SW1=0x63, SW2=0xC(\d)", said)
    return int(left.group(1)) if left else 0 if "SW1=0x69, SW2=0x83" in said else None


def agents_tries(agent: Agent, pin: int) -> tuple[str, int | None]:
    """The agent's view: the PIN's state, and the tries left."""
    (found,) = [found for found in agent.status() if found["card"]]
    described = found["pins"][pin - 1]
    return described["state"], described["tries_left"]


def test_two_wrong_pins_warn_and_the_third_blocks(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.3: the tries left are shown, the last one is asked about twice, and OpenSC counts alike."""
    card = new_card()
    rig.insert(card)
    terminal = agent.terminal("change-pin")

    assert "Tries left: 3." in terminal.enter(WRONG_PIN)
    terminal.choose("4321")
    assert "The PIN is wrong; tries left: 2." in terminal.enter(WRONG_PIN)
    said = terminal.expect("press Enter to cancel: ")
    assert "The PIN is wrong; tries left: 1." in said
    assert "This is the last try." in said
    assert card.tries(AUTHENTICATION) == 1
    terminal.type("yes")
    terminal.enter(WRONG_PIN)

    assert terminal.wait() == 1
    assert "The login PIN is blocked." in terminal.said
    assert agents_tries(agent, AUTHENTICATION) == ("blocked", 0)
    assert tries(rig, AUTHENTICATION) == 0


def test_the_agent_and_opensc_count_the_same_tries(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """Whoever spends them; looking spends none."""
    rig.insert(new_card())
    for left in (3, 2, 1):
        assert agents_tries(agent, AUTHENTICATION) == ("ready", left)
        assert tries(rig, AUTHENTICATION) == left
        assert authenticate(agent, None).questions[0]["tries_left"] == left
        assert tries(rig, AUTHENTICATION) == left
        verify(rig, WRONG_PIN)

    assert agents_tries(agent, AUTHENTICATION) == ("blocked", 0)
    assert tries(rig, AUTHENTICATION) == 0


def test_whoever_does_not_confirm_the_last_try_keeps_it(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.3: the agent asks twice before the last one."""
    card = new_card()
    rig.insert(card)
    for _ in range(2):
        verify(rig, WRONG_PIN)
    terminal = agent.terminal("change-pin")

    terminal.expect("press Enter to cancel: ")
    terminal.type("")

    assert terminal.wait() == 1
    assert "This was cancelled." in terminal.said
    assert (card.tries(AUTHENTICATION), tries(rig, AUTHENTICATION)) == (1, 1)


def test_wrong_pins_at_a_login_are_counted_down_to_the_block(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)

    outcome = authenticate(agent, WRONG_PIN, WRONG_PIN, WRONG_PIN)

    assert (outcome.error, outcome.tries_left) == ("blocked", 0)
    assert [(asked["tries_left"], asked["was_wrong"]) for asked in outcome.questions] == [
        (3, False),
        (2, True),
        (1, True),
    ]
    assert (authenticate(agent, AUTHENTICATION_PIN).error, card.signatures()) == ("blocked", 0)


def test_cancelling_after_a_wrong_pin_tells_what_is_left(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)

    outcome = authenticate(agent, WRONG_PIN, None)

    assert (outcome.error, outcome.tries_left, card.tries(AUTHENTICATION)) == ("wrong-pin", 2, 2)


def test_the_puk_unblocks_the_login_pin(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)
    for _ in range(3):
        verify(rig, WRONG_PIN)
    terminal = agent.terminal("unblock")

    terminal.enter(PUK)
    terminal.choose("4321")

    assert terminal.wait() == 0
    assert "The PIN is unblocked" in terminal.said
    assert verify(rig, "4321") == ""
    assert authenticate(agent, "4321").error is None


def test_a_wrong_puk_unblocks_nothing(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    rig.insert(new_card())
    for _ in range(3):
        verify(rig, WRONG_PIN)

    outcome = agent.operate("unblock", "11111111", "4321", None, pin="authentication")

    assert outcome.error == "wrong-pin"
    assert tries(rig, AUTHENTICATION) == 0


def test_no_puk_is_asked_for_the_signature_pin(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """The Georgian rule; OpenSC shows in test_rig that the card would refuse it."""
    rig.insert(new_card(activated=True))

    outcome = agent.operate("unblock", PUK, pin="signature")

    assert (outcome.error, outcome.questions) == ("not-unblockable", ())


def test_the_envelope_s_five_digits_make_the_signature_pin_once(
    rig: Rig, agent: Agent, new_card: NewCard, tmp_path: Path
) -> None:
    """R2.4: activation at the terminal, then OpenSC signs with the new PIN."""
    card = new_card()
    rig.insert(card)
    assert agents_tries(agent, SIGNATURE)[0] == "not-activated"
    terminal = agent.terminal("activate")

    terminal.enter(TRANSPORT_PIN)
    terminal.choose(SIGNATURE_PIN)

    assert terminal.wait() == 0
    assert "The signature PIN is active." in terminal.said
    assert verified_by_openssl(rig, card, SIGNATURE, SIGNATURE_PIN, tmp_path)
    assert agents_tries(agent, SIGNATURE) == ("ready", 3)
    again = agent.terminal("activate")
    assert again.wait() == 1
    assert "The signature PIN is active already." in again.said


def test_a_signature_pin_of_another_length_never_reaches_the_card(
    rig: Rig, agent: Agent, new_card: NewCard
) -> None:
    card = new_card()
    rig.insert(card)
    terminal = agent.terminal("activate")

    terminal.enter(TRANSPORT_PIN)
    for new in ("1234", "12346", "1234567"):
        terminal.enter(new)
        terminal.expect("It must have 6 digits. Nothing was sent to the card.")
    terminal.enter("")

    assert terminal.wait() == 1
    assert (card.activated(), card.tries(SIGNATURE)) == (False, 3)


def test_two_different_new_pins_are_asked_for_again(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)
    terminal = agent.terminal("activate")

    terminal.enter(TRANSPORT_PIN)
    terminal.enter(SIGNATURE_PIN)
    terminal.expect("once more: ")
    terminal.type("654322")
    terminal.expect("The two PINs are not the same.")
    terminal.choose(SIGNATURE_PIN)

    assert terminal.wait() == 0
    assert card.activated()


def test_a_wrong_envelope_pin_is_counted(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card()
    rig.insert(card)

    outcome = agent.operate("activate", "54321", SIGNATURE_PIN, TRANSPORT_PIN)

    assert (outcome.error, card.activated()) == (None, True)
    assert [asked["pin"] for asked in outcome.questions] == ["transport", "signature", "transport"]
    assert outcome.questions[2]["tries_left"] == 2


def test_nothing_is_signed_before_the_activation(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.4: and no PIN is asked for."""
    card = new_card()
    rig.insert(card)

    outcome = sign(agent, card, TRANSPORT_PIN)

    assert (outcome.error, outcome.questions, card.signatures()) == ("not-activated", (), 0)
    assert card.tries(SIGNATURE) == 3


def test_a_changed_pin_is_the_one_that_opensc_takes(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card(activated=True)
    rig.insert(card)
    for which, old, new in (
        ("authentication", AUTHENTICATION_PIN, "4321"),
        ("signature", SIGNATURE_PIN, "111222"),
    ):
        terminal = agent.terminal("change-pin", which)
        terminal.enter(old)
        terminal.choose(new)
        assert terminal.wait() == 0

    assert verify(rig, "4321") == verify(rig, "111222", SIGNATURE) == ""
    assert "incorrect" in verify(rig, AUTHENTICATION_PIN)
    assert sign(agent, card, WRONG_SIGNATURE_PIN, "111222").error is None
