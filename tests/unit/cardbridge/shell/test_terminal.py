"""What a person reads and types at the terminal (R2.4, R9.3); how it looks in a real one is in test_serve.py."""

import getpass
import warnings
from typing import Any

import pytest
from cardbridge.errors import CardError
from cardbridge.prompts import Document, Pin, PinQuestion, Purpose
from cardbridge.terminal import Terminal
from cardbridge.texts import Language


def question(
    pin: Pin = Pin.AUTHENTICATION, purpose: Purpose = Purpose.AUTHENTICATE, **changes: Any
) -> PinQuestion:
    known: dict[str, Any] = {
        "origin": "https://karibche.example",
        "holder": "ნინო ბერიძე",
        "tries_left": 3,
        "was_wrong": False,
        "min_length": 4,
        "max_length": 4,
        "document": None,
        "new": False,
    }
    return PinQuestion(pin, purpose, **(known | changes))


NEW = question(Pin.SIGNATURE, Purpose.ACTIVATE, origin=None, tries_left=None, min_length=6, max_length=6, new=True)


class Desk:
    """A terminal with typed answers: `lines` to plain questions, `secrets` to those that show nothing."""

    def __init__(
        self, language: Language = "en", *, secrets: tuple[str, ...] = (), lines: tuple[str, ...] = ()
    ) -> None:
        self.said = ""
        self.prompts: list[str] = []
        self._secrets = iter(secrets)
        self._lines = iter(lines)
        self.terminal = Terminal(
            language,
            self._write,
            lambda prompt: self._write(prompt) or f"{next(self._lines)}\n",
            self._read_secret,
        )

    def used(self) -> bool:
        """Whether every answer was asked for."""
        return [*self._secrets, *self._lines] == []

    def _write(self, words: str) -> None:
        self.said += words

    def _read_secret(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return next(self._secrets)


def test_the_digits_are_handed_on_in_what_can_be_wiped() -> None:
    desk = Desk(secrets=("1234",))
    pin = desk.terminal.ask(question())
    assert type(pin) is bytearray
    assert pin == b"1234"
    assert "1234" not in desk.said


@pytest.mark.parametrize("language", ["ka", "en"])
def test_everything_is_said_before_the_prompt(language: Language) -> None:
    """R2.4"""
    desk = Desk(language, secrets=("",))
    assert desk.terminal.ask(question()) is None
    for words in ("https://karibche.example", "ნინო ბერიძე", "3"):
        assert words in desk.said
    assert len(desk.said.splitlines()) == 5


def test_a_command_of_the_holders_own_names_no_site_and_releases_nothing() -> None:
    desk = Desk(secrets=("",))
    desk.terminal.ask(question(origin=None, purpose=Purpose.CHANGE))
    assert "Site" not in desk.said
    assert "receives" not in desk.said
    assert "to change the PIN" in desk.said


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        (Pin.AUTHENTICATION, "the login PIN, 4 digits"),
        (Pin.SIGNATURE, "the signature PIN, 4 digits"),
        (Pin.TRANSPORT, "the envelope's PIN, 4 digits"),
        (Pin.PUK, "the PUK, 4 digits"),
    ],
)
def test_the_prompt_says_which_code(pin: Pin, words: str) -> None:
    desk = Desk(secrets=("",))
    desk.terminal.ask(question(pin))
    assert words in desk.prompts[0]


def test_a_range_of_lengths_is_said_and_held() -> None:
    desk = Desk(secrets=("123", "123456789", "12345678"))
    assert desk.terminal.ask(question(max_length=8)) == b"12345678"
    assert "4–8 digits" in desk.prompts[0]
    assert desk.said.count("It must have 4–8 digits. Nothing was sent") == 2


@pytest.mark.parametrize("typed", ["12a4", "1 34", "-123", "١٢٣٤", "１２３４", "12.4", "\x1b[A"])
def test_nothing_but_digits_goes_on(typed: str) -> None:
    desk = Desk(secrets=(typed, "1234"))
    assert desk.terminal.ask(question()) == b"1234"
    assert "digits only. Nothing was sent" in desk.said


def test_an_empty_answer_and_the_end_of_input_cancel() -> None:
    assert Desk(secrets=("",)).terminal.ask(question()) is None

    def end(_prompt: str) -> str:
        raise EOFError

    assert Terminal("en", lambda _: None, lambda _: "", end).ask(question()) is None


def test_a_terminal_that_would_show_the_pin_is_not_used() -> None:
    def shows(_prompt: str) -> str:
        raise getpass.GetPassWarning

    with pytest.raises(CardError, match="no-terminal"):
        Terminal("en", lambda _: None, lambda _: "", shows).ask(question())


def test_getpass_is_not_let_show_the_pin_with_a_mere_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def shows(_prompt: str, stream: Any) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return "1234"

    monkeypatch.setattr("getpass.getpass", shows)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # as in a program, not as in these tests
        with pytest.raises(CardError, match="no-terminal"):
            Terminal("en", lambda _: None, lambda _: "").ask(question())


def test_a_wrong_pin_is_said_with_the_tries_and_the_rest_is_not_repeated() -> None:
    """R2.4"""
    desk = Desk(secrets=("",))
    desk.terminal.ask(question(was_wrong=True, tries_left=2))
    assert desk.said == "The PIN is wrong; tries left: 2.\n"


@pytest.mark.parametrize("yes", ["yes", "YES", " yes ", "დიახ", "კი"])
@pytest.mark.parametrize("language", ["ka", "en"])
def test_before_the_last_try_a_yes_is_asked_for(language: Language, yes: str) -> None:
    """R2.4: asked twice before the last."""
    desk = Desk(language, lines=(yes,), secrets=("1234",))
    assert desk.terminal.ask(question(tries_left=1)) == b"1234"
    assert desk.used()


@pytest.mark.parametrize("no", ["", "no", "1234", "y", "yesyes", "არა"])
@pytest.mark.parametrize("wrong", [False, True])
def test_anything_else_than_yes_keeps_the_last_try(no: str, *, wrong: bool) -> None:
    desk = Desk(lines=(no,))
    assert desk.terminal.ask(question(tries_left=1, was_wrong=wrong)) is None
    assert desk.prompts == []
    assert "This is the last try." in desk.said


@pytest.mark.parametrize("tries", [None, 2, 3, 10])
def test_with_more_tries_or_an_unknown_number_no_yes_is_asked_for(tries: int | None) -> None:
    assert Desk(secrets=("1234",)).terminal.ask(question(tries_left=tries)) == b"1234"


def test_a_new_pin_is_asked_for_twice() -> None:
    desk = Desk(secrets=("654321", "654321"))
    assert desk.terminal.ask(NEW) == b"654321"
    assert desk.said == ""
    assert "a new signature PIN, 6 digits" in desk.prompts[0]
    assert "once more" in desk.prompts[1]


def test_two_different_new_pins_are_asked_for_again() -> None:
    desk = Desk(secrets=("654321", "654322", "111111", "111111"))
    assert desk.terminal.ask(NEW) == b"111111"
    assert "not the same" in desk.said


@pytest.mark.parametrize("secrets", [("",), ("654321", ""), ("654321", "123456", "")])
def test_choosing_a_new_pin_can_be_cancelled_at_each_step(secrets: tuple[str, ...]) -> None:
    desk = Desk(secrets=secrets)
    assert desk.terminal.ask(NEW) is None
    assert desk.used()


def test_a_document_is_named_by_its_whole_digest_in_groups() -> None:
    desk = Desk(secrets=("",))
    document = Document("SHA-256", bytes(range(32)))
    desk.terminal.ask(question(Pin.SIGNATURE, Purpose.SIGN, document=document))
    assert "(SHA-256): 00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f\n" in desk.said


def test_what_was_typed_is_wiped_when_it_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytearray] = []

    def keep(*arguments: Any) -> bytearray:
        kept.append(bytearray(*arguments))
        return kept[-1]

    monkeypatch.setattr("cardbridge.terminal.bytearray", keep, raising=False)
    desk = Desk(secrets=("123", "654321", "654322", "111111", "111111"))
    pin = desk.terminal.ask(NEW)
    assert pin == b"111111"
    assert [bytes(typed).strip(b"\0") for typed in kept if typed is not pin] == [b""] * 4


def test_leave_is_asked_before_the_certificate_goes() -> None:
    """R2.3"""
    desk = Desk(lines=("yes",))
    assert desk.terminal.agrees("https://karibche.example")
    assert "Site: https://karibche.example" in desk.said
    assert "first name, last name and personal number" in desk.said
    assert not Desk(lines=("",)).terminal.agrees("https://karibche.example")


def test_a_request_rings_and_paints_nothing() -> None:
    desk = Desk()
    desk.terminal.begin()
    desk.terminal.end(CardError("no-card"))
    desk.terminal.end(None)
    assert desk.said.startswith("\a")
    assert "\x1b" not in desk.said
    assert "There is no card in the reader." in desk.said
    assert "Done." in desk.said
