"""The words of letters. A subject says nothing sensitive; a letter holds no link that signs anybody in."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.core.texts import Language
from chalicelib.notifications.notices import Notice

_FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Letter:
    """An e-mail: subject and plain text."""

    subject: str
    text: str


def letter(notice: Notice, language: Language, origin: str) -> Letter:
    """Return the letter of a notice in the citizen's language."""
    words = _words(language)
    values: dict[str, Any] = {"origin": origin, **notice.params}
    title = notice.params.get("service_title")
    if title:
        values["service_title"] = title[language]
    body = "\n\n".join(line.format(**values) for line in words[notice.kind]["body"])
    return Letter(
        subject=words[notice.kind]["subject"],
        text=f"{words['greeting']}\n\n{body}\n\n{words['closing'].format(**values)}\n",
    )


@cache
def _words(language: Language) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_bytes())
    return words
