"""The portal's own words, by language. Georgian text lives in the JSON files beside this module only."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["ka", "en"]
DEFAULT_LANGUAGE: Language = "ka"
_FOLDER = Path(__file__).parent / "texts"


def language_of(header: str | None) -> Language:
    """Return the language that an `Accept-Language` header asks for first; Georgian unless English."""
    first = (header or "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else DEFAULT_LANGUAGE


def text(language: Language, *path: str, **params: str | int) -> str:
    """Return the text at `path`, with its `{params}` filled. Raises KeyError for a path that isn't there."""
    found: Any = _texts(language)
    for step in path:
        found = found[step]
    filled: str = found.format(**params)
    return filled


def has_text(language: Language, *path: str) -> bool:
    """Tell whether there is a text at `path`."""
    found: Any = _texts(language)
    for step in path:
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return isinstance(found, str)


@cache
def _texts(language: Language) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_bytes())
    return texts
