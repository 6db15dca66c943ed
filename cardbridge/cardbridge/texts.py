"""The agent's words in Georgian and English; Georgian unless English is asked for."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from cardbridge.errors import CardError

Language = Literal["ka", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environ: Mapping[str, str]) -> Language:
    """Return English where the locale is English, else Georgian.

    The first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set counts (POSIX.1-2017, 8.2).
    """
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return "en" if locale.lower().partition(".")[0].partition("_")[0] == "en" else "ka"


def text(language: Language, *path: str, **blanks: object) -> str:
    """Return a text with its blanks filled.

    Raises:
        KeyError: there is no such text, or a blank is not given.
    """
    found: Any = dictionary(language)
    for name in path:
        found = found[name]
    return str(found).format_map({name: str(value) for name, value in blanks.items()})


def error_text(language: Language, error: CardError) -> str:
    """Say what went wrong and what to do; where the code or its tries matter, in their own words."""
    code = error.code
    if code == "wrong-pin" and error.tries_left is None:
        code = "wrong-pin-uncounted"
    known = dictionary(language)["errors"]
    if error.pin is not None and f"{code}-{error.pin.value}" in known:
        code = f"{code}-{error.pin.value}"
    return text(language, "errors", code, tries=error.tries_left)


@cache
def dictionary(language: Language) -> dict[str, Any]:
    """Return all texts of a language."""
    source = resources.files("cardbridge").joinpath("texts", f"{language}.json")
    found: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return found
