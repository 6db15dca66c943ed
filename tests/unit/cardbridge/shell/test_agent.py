"""One operation at a time, and no PIN for an asker who has left (R2.3, R2.4). Over real wires: test_serve.py."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest
from cardbridge.agent import Agent, Request
from cardbridge.errors import CardError
from cardbridge.policy import Policy
from cardbridge.prompts import Pin, PinQuestion, Prompter, Purpose

from cardbridge import loopback, relay

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = "https://karibche.example"
AUTHENTICATE = Request("authenticate", {"challengeNonce": "A" * 44}, ORIGIN)
QUESTION = PinQuestion(Pin.AUTHENTICATION, Purpose.AUTHENTICATE, ORIGIN, None, 3, False, 4, 4, None, False)  # noqa: FBT003


class _Stop(BaseException):
    """Ends `Agent.run`, as Ctrl-C does."""


class Person:
    """Answers each PIN question by the next of `answers`, which may also do something; then wants to stop."""

    def __init__(self, *answers: Callable[[], bytearray | None]) -> None:
        self._answers = iter(answers)
        self.given: list[bytearray] = []
        self.ended: list[str | None] = []

    def ask(self, _question: PinQuestion) -> bytearray | None:
        pin = next(self._answers)()
        if pin is not None:
            self.given.append(pin)
        return pin

    def agrees(self, _origin: str) -> bool:
        return next(self._answers)() is not None

    def begin(self) -> None:
        pass

    def end(self, error: CardError | None) -> None:
        self.ended.append(error.code if error else None)


class Card:
    """Takes any PIN but 0000, and counts what it was given."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.verified = 0

    def authenticate(self, nonce: str, origin: str, prompter: Prompter) -> dict[str, str]:
        if self.fault:
            raise self.fault
        wrong = False
        while (pin := prompter.ask(QUESTION)) is not None:
            self.verified += 1
            if pin != b"0000":
                return {"format": "web-eid:1.0"}
            wrong = True
        raise CardError("wrong-pin", 2) if wrong else CardError("cancelled")

    def signing_certificate(self, origin: str, prompter: Prompter) -> dict[str, Any]:
        self.verified += 1
        return {"certificate": "AAAA"}

    def sign(self, *_: Any) -> dict[str, Any]:
        raise AssertionError


def asked(
    agent: Agent, *, gone: Callable[[], bool] = lambda: False, request: Request = AUTHENTICATE
) -> dict[str, Any]:
    """Ask from another thread while the agent runs in this one, until there is an answer."""
    answers: list[dict[str, Any]] = []
    main = threading.main_thread().ident or 0

    def ask() -> None:
        answers.append(agent.answer(request, gone))
        signal.pthread_kill(main, signal.SIGUSR2)

    signal.signal(signal.SIGUSR2, stop)
    asker = threading.Thread(target=ask)
    asker.start()
    with pytest.raises(_Stop):
        agent.run()
    asker.join()
    return answers[0]


def stop(*_: Any) -> None:
    raise _Stop


def agent(person: Person, card: Card, patience: float = 60.0) -> Agent:
    return Agent(Policy(frozenset({ORIGIN})), card, person, patience)


def test_a_pin_typed_after_the_asker_left_is_wiped_and_not_used() -> None:
    """R2.4: the very last look is after the PIN and before the card."""
    left = threading.Event()

    def type_late() -> bytearray:
        left.set()
        return bytearray(b"1234")

    person, card = Person(type_late), Card()
    reply = asked(agent(person, card), gone=left.is_set)
    assert reply["error"]["message"] == "cardbridge/cancelled"
    assert card.verified == 0
    assert person.given == [bytearray(4)]


def test_a_pin_typed_after_the_time_is_wiped_and_not_used() -> None:
    """R2.4"""
    passed = threading.Event()
    person, card = Person(lambda: bytearray(b"1234") if not passed.wait(0.05) else None), Card()
    reply = asked(agent(person, card, patience=0.01))
    assert reply["error"] == {"code": "ERR_WEBEID_USER_TIMEOUT", "message": "cardbridge/timed-out"}
    assert card.verified == 0
    assert all(pin == bytes(4) for pin in person.given)
    assert person.ended == ["timed-out"]


def test_nothing_is_asked_for_an_asker_who_left_while_waiting_for_the_turn() -> None:
    person, card = Person(), Card()
    assert asked(agent(person, card), gone=lambda: True)["error"]["message"] == "cardbridge/cancelled"
    assert person.ended == []


def test_a_certificate_agreed_to_after_the_asker_left_does_not_leave() -> None:
    left = threading.Event()

    def agree_late() -> bytearray:
        left.set()
        return bytearray()

    person, card = Person(agree_late), Card()
    request = Request("get-signing-certificate", {}, ORIGIN)
    assert (
        asked(agent(person, card), gone=left.is_set, request=request)["error"]["message"] == "cardbridge/cancelled"
    )
    assert card.verified == 0


def test_a_spent_try_is_told_also_when_the_time_is_up() -> None:
    """R2.4: the tries left are never kept from anybody."""
    passed = threading.Event()
    person = Person(lambda: bytearray(b"0000"), lambda: None if passed.wait(0.5) else bytearray(b"1234"))
    card = Card()
    reply = asked(agent(person, card, patience=0.3))
    assert reply["error"]["message"] == "cardbridge/wrong-pin/2"
    assert card.verified == 1


@pytest.mark.parametrize("fault", [RuntimeError("1234"), KeyError("x"), OSError("gone")])
def test_a_fault_of_the_program_ends_the_operation_only_and_says_nothing_of_it(fault: Exception) -> None:
    person = Person(lambda: bytearray(b"1234"))
    card = Card(fault)
    one = agent(person, card)
    assert asked(one) == {"error": {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/card-fault"}}
    card.fault = None
    assert asked(one) == {"format": "web-eid:1.0"}
    assert person.ended == ["card-fault", None]


def test_an_origin_that_is_not_allowed_reaches_no_card_and_no_terminal() -> None:
    person, card = Person(), Card()
    reply = agent(person, card).answer(Request("authenticate", {}, "https://evil.example"), lambda: False)
    assert reply["error"]["message"] == "cardbridge/origin-not-allowed"
    assert (person.ended, card.verified) == ([], 0)


def test_whoever_waits_is_answered_when_the_program_ends() -> None:
    one = agent(Person(stop), Card())
    answers: list[dict[str, Any]] = []
    asker = threading.Thread(target=lambda: answers.append(one.answer(AUTHENTICATE, lambda: False)))
    asker.start()
    with pytest.raises(_Stop):
        one.run()
    asker.join()
    assert answers[0]["error"]["message"] == "cardbridge/cancelled"


def test_each_loads_secret_is_kept_for_a_while_and_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    secrets = loopback.Secrets()
    first = secrets.issue()
    others = [secrets.issue() for _ in range(32)]
    assert not secrets.redeem(first)
    assert secrets.redeem(others[0])
    assert not secrets.redeem(others[0])
    now[0] = 599.0
    assert secrets.redeem(others[1])
    now[0] = 601.0
    assert not secrets.redeem(others[2])


CONNECTIONS = """\
   0: 0100007F:44EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1
   1: 0100007F:C000 0100007F:44EB 01 00000000:00000000 00:00000000 00000000  {user}        0 12 1
   2: 0100007F:44EB 0100007F:C000 01 00000000:00000000 00:00000000 00000000  1000        0 13 1
"""


@pytest.mark.parametrize(("user", "own"), [(1000, True), (0, True), (1001, False), (33, False)])
def test_another_user_of_the_machine_is_not_talked_to(
    monkeypatch: pytest.MonkeyPatch, user: int, *, own: bool
) -> None:
    """Whoever is no browser of this user could claim any origin."""
    monkeypatch.setattr(loopback, "_connections", lambda: CONNECTIONS.format(user=user).splitlines())
    monkeypatch.setattr("os.getuid", lambda: 1000)
    assert loopback.is_own_user(0xC000, 17643) is own
    assert not loopback.is_own_user(0xC001, 17643)


def test_a_system_that_does_not_say_who_connects_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_connections", list)
    assert loopback.is_own_user(0xC000, 17643)


def test_a_port_taken_by_another_user_names_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_connections", lambda: CONNECTIONS.format(user=1000).splitlines())
    monkeypatch.setattr("os.getuid", lambda: 1001)
    words, blanks = loopback.holder_of(17643)
    assert words == "port-taken-by-user"
    assert blanks["port"] == "17643"
    monkeypatch.setattr("os.getuid", lambda: 1000)
    assert loopback.holder_of(17643)[0] == "port-taken"
    assert loopback.holder_of(17644)[0] == "port-taken"


def test_a_socket_of_another_user_is_not_talked_to(monkeypatch: pytest.MonkeyPatch, serving: Any) -> None:
    assert relay.is_served((serving.socket,))
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert not relay.is_served((serving.socket,))
