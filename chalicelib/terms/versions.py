"""The versions of the terms lie beside this module, one file a language, named by their date."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.core.texts import Language

_FOLDER = Path(__file__).parent / "texts"


@cache
def current_version() -> str:
    """Return the version in force: the newest date."""
    return max(path.name.split(".")[0] for path in _FOLDER.glob("*.ka.json"))


@cache
def terms(version: str, language: Language) -> dict[str, Any]:
    """Return a version's text: title, sections with heading and paragraphs."""
    text: dict[str, Any] = json.loads((_FOLDER / f"{version}.{language}.json").read_bytes())
    return text
