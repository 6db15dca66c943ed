"""The agent's words: complete, the same facts in both languages, Georgian in Mkhedruli (R9.3)."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from cardbridge.errors import CODES, CardError
from cardbridge.prompts import Pin, Purpose
from cardbridge.texts import LANGUAGES, Language, dictionary, error_text, language_of, text

import cardbridge

PACKAGE = Path(cardbridge.__file__).parent
MTAVRULI = re.compile("[\u1c90-\u1cbf]")
MKHEDRULI = re.compile("[\u10d0-\u10ff]")


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, dict):
        for name, part in tree.items():
            yield from leaves(part, (*path, name))
    else:
        yield path, tree


def blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


def test_both_languages_say_the_same() -> None:
    """R9.3: every text in both, with the same blanks to fill."""
    ka, en = (dict(leaves(dictionary(language))) for language in LANGUAGES)
    assert ka.keys() == en.keys()
    for path, words in ka.items():
        assert blanks(words) == blanks(en[path]), path
        assert words.strip(), path
        assert en[path].strip(), path


def test_georgian_is_written_in_mkhedruli_and_english_is_not() -> None:
    for path, words in leaves(dictionary("ka")):
        assert not MTAVRULI.search(words), path
        assert MKHEDRULI.search(words), path
    for path, words in leaves(dictionary("en")):
        assert not MKHEDRULI.search(words), path


def test_files_have_no_name_twice() -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    for language in LANGUAGES:
        content = (PACKAGE / "texts" / f"{language}.json").read_text(encoding="utf-8")
        json.loads(content, object_pairs_hook=unique)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_failure_has_its_own_words(language: Language, code: str) -> None:
    """R2.4: whatever happened, and to whichever code, a person is told what to do."""
    for pin in (None, *Pin):
        for tries in (None, 2):
            said = error_text(language, CardError(code, tries, pin))
            assert "None" not in said
            assert "{" not in said
    general = {error_text(language, CardError(code)) for code in CODES}
    assert len(general) == len(CODES)


def test_the_tries_left_are_said() -> None:
    """R2.4"""
    assert (
        error_text("ka", CardError("wrong-pin", 2, Pin.AUTHENTICATION)) == "პინკოდი არასწორია, დარჩა 2 მცდელობა."
    )
    assert error_text("en", CardError("wrong-pin", 1, Pin.PUK)) == "The PUK is wrong; tries left: 1."
    assert error_text("en", CardError("wrong-pin")) == "The PIN is wrong."


def test_a_blocked_code_says_the_way_out_that_it_has() -> None:
    assert "cardbridge unblock" in error_text("en", CardError("blocked", 0, Pin.AUTHENTICATION))
    for pin in (Pin.SIGNATURE, Pin.TRANSPORT, Pin.PUK):
        said = error_text("en", CardError("blocked", 0, pin))
        assert "House of Justice" in said
        assert "unblock" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_purpose_and_every_code_of_a_card_has_a_name(language: Language) -> None:
    for purpose in Purpose:
        assert text(language, "terminal", "purposes", purpose.value)
    for pin in Pin:
        assert text(language, "terminal", "pins", pin.value)
        assert text(language, "terminal", "new-pins", pin.value)


def test_no_text_is_left_that_nobody_says() -> None:
    """A name of a text stands in the sources as it is, or is made of a code."""
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    sources += "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "bridge").iterdir())
    strings = {
        node.value
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    made = {"errors", "purposes", "pins", "new-pins", "outcomes"}
    prefixes = ("pcscd-", "card-", "certificate-")
    for path, _ in leaves(dictionary("en")):
        name = path[-1]
        if not made & set(path) and not name.startswith(prefixes):
            assert name in strings or name.replace("-", "_") in sources, path


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "ka"),
        ({"LANG": "C.UTF-8"}, "ka"),
        ({"LANG": "ka_GE.UTF-8"}, "ka"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "ka"),
        ({"LANG": "ena_XX"}, "ka"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ka_GE.UTF-8"}, "ka"),
        ({"LANG": "ka_GE.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
    ],
)
def test_georgian_is_spoken_where_the_system_is_not_english(environ: dict[str, str], language: str) -> None:
    """R9.3"""
    assert language_of(environ) == language


def test_a_text_that_is_not_there_or_not_filled_is_a_fault() -> None:
    with pytest.raises(KeyError):
        text("en", "errors", "no-such-code")
    with pytest.raises(KeyError):
        text("en", "errors", "wrong-pin")
