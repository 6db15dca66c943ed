"""Questions at a plain terminal: lines of text and `getpass`, nothing that moves the cursor or paints.

Works with a screen reader, a braille line, over ssh and without a display.
"""

import getpass
import sys
import warnings
from collections.abc import Callable

from cardbridge.errors import CardError
from cardbridge.prompts import PinQuestion
from cardbridge.texts import Language, error_text, text

_YES = frozenset({"დიახ", "კი", "yes", "ki", "diakh"})
_BELL = "\a"
_GROUP = 8  # hexadecimal digits of a digest that stand together


class Terminal:
    """Asks and tells the person at this terminal; a `Prompter`.

    A code typed here is a `str` as long as `getpass` has it, and Python cannot wipe that; what is handed on is a
    `bytearray`, which its user wipes. Neither is printed or kept.
    """

    def __init__(
        self,
        language: Language,
        write: Callable[[str], object] | None = None,
        read: Callable[[str], str] | None = None,
        read_secret: Callable[[str], str] | None = None,
    ) -> None:
        self._language = language
        self._write = write or _write
        self._read = read or _read_line
        self._read_secret = read_secret or _read_secret

    def begin(self) -> None:
        """Say that a site asks for something, with a bell, as the terminal may be behind the browser."""
        self._write(f"{_BELL}\n")
        self.tell("asks")

    def end(self, error: CardError | None) -> None:
        """Say that the operation is done, or why it is not; on a new line, as a question may be broken off."""
        self.say("")
        self.say(error_text(self._language, error) if error else self._text("done"))
        self.tell("waiting")

    def ask(self, question: PinQuestion) -> bytearray | None:
        """Ask for a code and return its digits; None when the person answers with nothing or with Ctrl-D."""
        self._explain(question)
        if question.tries_left == 1 and not self.confirms("last-try"):
            return None
        while (typed := self._secret(self._prompt(question))) is not None:
            if not self._fits(typed, question):
                continue
            if not question.new:
                return typed
            again = self._secret(self._text("again"))
            same = again == typed
            _wipe(again)
            if same:
                return typed
            _wipe(typed)
            if again is None:
                return None
            self.tell("differ")
        return None

    def agrees(self, origin: str) -> bool:
        """Ask whether the signature's certificate may go to this site."""
        self._labelled("site", origin)
        self._labelled("purpose", self._text("purposes", "certificate"))
        self._labelled("released", self._text("personal-data"))
        return self.confirms("release")

    def confirms(self, *question: str) -> bool:
        """Ask for an explicit yes; anything else is a no."""
        if question:
            self.tell(*question)
        return self._read(self._text("confirm")).strip().casefold() in _YES

    def tell(self, *path: str, **blanks: object) -> None:
        """Write a text of the terminal's as lines."""
        self.say(self._text(*path, **blanks))

    def say(self, line: str) -> None:
        """Write a line."""
        self._write(f"{line}\n")

    def _explain(self, question: PinQuestion) -> None:
        """Say what the code is for; of a new one, and after a wrong one, that has been said."""
        if question.was_wrong:
            self.say(error_text(self._language, CardError("wrong-pin", question.tries_left, question.pin)))
        if question.was_wrong or question.new:
            return
        if question.origin is not None:
            self._labelled("site", question.origin)
        self._labelled("purpose", self._text("purposes", question.purpose.value))
        if question.origin is not None:
            self._labelled("released", self._text("personal-data"))
        if question.holder is not None:
            self._labelled("holder", question.holder)
        if question.document is not None:
            digest = question.document.digest.hex()
            parts = [digest[start : start + _GROUP] for start in range(0, len(digest), _GROUP)]
            self.tell("document", function=question.document.hash_function, digest=" ".join(parts))
        if question.tries_left is not None:
            self.tell("tries", tries=question.tries_left)

    def _labelled(self, label: str, words: str) -> None:
        self.tell("labels", label, words=words)

    def _prompt(self, question: PinQuestion) -> str:
        pin = self._text("new-pins" if question.new else "pins", question.pin.value)
        return self._text("enter", pin=pin, length=_length(question))

    def _secret(self, prompt: str) -> bytearray | None:
        """Return what was typed; None for nothing. What is no ASCII comes as an empty code, which fits nowhere."""
        try:
            typed = self._read_secret(prompt)
        except EOFError:
            return None
        except getpass.GetPassWarning as warning:
            raise CardError("no-terminal") from warning
        if not typed:
            return None
        return bytearray(typed, "ascii") if typed.isascii() else bytearray()

    def _fits(self, typed: bytearray, question: PinQuestion) -> bool:
        fault = None
        if not typed.isdigit():
            fault = "digits-only"
        elif not question.min_length <= len(typed) <= question.max_length:
            fault = "wrong-length"
        if fault is not None:
            _wipe(typed)
            self.tell(fault, length=_length(question))
        return fault is None

    def _text(self, *path: str, **blanks: object) -> str:
        return text(self._language, "terminal", *path, **blanks)


def _length(question: PinQuestion) -> str:
    if question.min_length == question.max_length:
        return str(question.min_length)
    return f"{question.min_length}–{question.max_length}"


def _wipe(typed: bytearray | None) -> None:
    if typed is not None:
        typed[:] = bytes(len(typed))


def _write(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def _read_line(prompt: str) -> str:
    """Read a line typed after the question: what stood in the terminal before is dropped."""
    if sys.stdin.isatty():
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    _write(prompt)
    return sys.stdin.readline()


def _read_secret(prompt: str) -> str:
    """Read a line without showing it.

    Raises:
        getpass.GetPassWarning: this terminal would show it; nothing was read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        return getpass.getpass(prompt, stream=sys.stdout)
