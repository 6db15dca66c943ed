"""How a person is asked for a code until it is right, and what never happens to a code on the way.

A code is checked for its length before the card sees it, and wiped after its use, whatever happened.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from cardbridge.cards import Card, wipe
from cardbridge.errors import CardError
from cardbridge.prompts import Document, Pin, PinQuestion, Prompter, Purpose

_DIGITS: Final = frozenset(b"0123456789")

_Answer = TypeVar("_Answer")


def must(condition: bool) -> None:  # noqa: FBT001 (reads as a sentence)
    """Raise `invalid-argument` unless the condition holds."""
    if not condition:
        raise CardError("invalid-argument")


def question_for(
    card: Card, pin: Pin, purpose: Purpose, *, origin: str | None = None, document: Document | None = None
) -> PinQuestion:
    """Ask the card about a code and put the question. Raises CardError where no answer could help."""
    state = card.state(pin)
    if not state.usable and pin is not Pin.TRANSPORT:
        raise CardError("not-activated", pin=pin)
    if state.tries_left == 0:
        raise CardError("blocked", 0, pin)
    minimum, maximum = card.limits(pin)
    return PinQuestion(
        pin=pin,
        purpose=purpose,
        origin=origin,
        holder=_holder(card, pin),
        tries_left=state.tries_left,
        was_wrong=False,
        min_length=minimum,
        max_length=maximum,
        document=document,
        new=False,
    )


def _holder(card: Card, pin: Pin) -> str | None:
    """Return the name in the certificate that a code is about, else in the card's other one."""
    wanted = Pin.AUTHENTICATION if pin in {Pin.AUTHENTICATION, Pin.PUK} else Pin.SIGNATURE
    identity = card.identities.get(wanted) or next(iter(card.identities.values()))
    return identity.certificate.holder


def with_code(
    card: Card, prompter: Prompter, question: PinQuestion, use: Callable[[bytearray], _Answer]
) -> _Answer:
    """Ask for a code until it is right, and wipe each. Each wrong one is a try that the person has spent.

    Raises:
        CardError: `cancelled`; `wrong-pin`: cancelled after a wrong one; `blocked`; `invalid-argument`: the
            prompter returned what the question does not allow, and the card was not asked.
    """
    while True:
        code = prompter.ask(question)
        if code is None:
            if question.was_wrong:
                raise CardError("wrong-pin", question.tries_left, question.pin)
            raise CardError("cancelled")
        try:
            _must_fit(code, question)
            return use(code)
        except CardError as error:
            if error.code != "wrong-pin":
                raise
            question = replace(question, was_wrong=True, tries_left=_tries_left(card, error, question.pin))
        finally:
            wipe(code)


def _tries_left(card: Card, wrong: CardError, pin: Pin) -> int | None:
    """Return the tries left after a wrong code; a card that did not say is asked.

    Raises CardError: `blocked`.
    """
    tries = card.state(pin).tries_left if wrong.tries_left is None else wrong.tries_left
    if tries == 0:
        raise CardError("blocked", 0, pin)
    return tries


def with_new_code(
    card: Card,
    prompter: Prompter,
    question: PinQuestion,
    pin: Pin,
    use: Callable[[bytearray, bytearray], None],
) -> None:
    """Ask for a code and for a new PIN, which is kept while the code is asked for again, and wipe both."""
    minimum, maximum = card.limits(pin)
    chosen = bytearray()

    def ask_and_use(code: bytearray) -> None:
        if not chosen:
            choice = replace(question, pin=pin, tries_left=None, min_length=minimum, max_length=maximum, new=True)
            new = prompter.ask(choice)
            if new is None:
                raise CardError("cancelled")
            try:
                _must_fit(new, choice)
                chosen.extend(new)
            finally:
                wipe(new)
        use(code, chosen)

    try:
        with_code(card, prompter, question, ask_and_use)
    finally:
        wipe(chosen)


def _must_fit(code: bytearray, question: PinQuestion) -> None:
    fits = question.min_length <= len(code) <= question.max_length
    must(fits and _DIGITS.issuperset(code))
