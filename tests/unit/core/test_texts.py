"""The portal's words: complete, the same facts in both languages, Georgian in Mkhedruli."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

from chalicelib.core import texts, validation
from chalicelib.core.texts import Language, has_text, language_of, text

ROOT = Path(__file__).parents[3] / "chalicelib"
MTAVRULI = re.compile("[\u1c90-\u1cbf]")
FILES = sorted(ROOT.glob("*/texts/*.json"))
PAIRS = sorted({re.sub(r"\.?(ka|en)\.json$", "", str(path)) for path in FILES})


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, dict):
        for name, part in tree.items():
            yield from leaves(part, (*path, name))
    elif isinstance(tree, list):
        for index, part in enumerate(tree):
            yield from leaves(part, (*path, str(index)))
    else:
        yield path, tree


def both(stem: str) -> list[dict[tuple[str, ...], str]]:
    join = "" if stem.endswith("/") else "."
    return [dict(leaves(json.loads(Path(f"{stem}{join}{name}.json").read_bytes()))) for name in get_args(Language)]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ka"),
        ("", "ka"),
        ("ka", "ka"),
        ("en", "en"),
        ("en-GB,ka;q=0.9", "en"),
        ("EN-us", "en"),
        ("ka,en", "ka"),
        ("de,en", "ka"),
        (" en", "en"),
        ("*", "ka"),
    ],
)
def test_a_page_speaks_georgian_unless_english_is_asked_for_first(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize("stem", PAIRS, ids=lambda stem: str(Path(stem).relative_to(ROOT)))
def test_both_languages_say_the_same(stem: str) -> None:
    """R9.3: every text in both, with the same blanks to fill."""
    ka, en = both(stem)
    assert ka.keys() == en.keys()
    for path, words in ka.items():
        blanks = [{name for _, name, _, _ in Formatter().parse(said[path]) if name} for said in (ka, en)]
        assert blanks[0] == blanks[1], path
        assert words.strip(), path
        assert en[path].strip(), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_georgian_is_written_in_mkhedruli(path: Path) -> None:
    assert not MTAVRULI.search(path.read_text(encoding="utf-8"))


def test_there_is_a_test_for_every_file_of_texts() -> None:
    assert len(FILES) == 2 * len(PAIRS) >= 6


def test_a_text_is_filled() -> None:
    assert text("en", "problems", "too-many-attempts", "detail", minutes=3) == "Try again in 3 min."
    with pytest.raises(KeyError):
        text("en", "problems", "no-such-problem", "title")


def test_what_has_no_text_is_said_to_have_none() -> None:
    assert has_text("ka", "fields", "email")
    assert not has_text("ka", "fields", "nonsense")
    assert not has_text("ka", "fields")
    assert not has_text("ka", "fields", "email", "deeper")


@pytest.mark.parametrize("language", get_args(Language))
def test_every_code_that_a_field_can_have_has_its_message(language: Language) -> None:
    """R4.1"""
    used = set(validation._CODES.values())
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FieldError" and len(node.args) > 1:
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    used.add(str(code.value))
    assert {"taken", "wrong", "too-common", "required", "unknown"} <= used
    for code in used | {"choose"}:
        said = text(language, "validation", code, field="X", min=1, max=2)
        assert said.startswith("X: ")


def test_texts_of_problems_are_read_from_the_files() -> None:
    assert texts._texts("ka") is texts._texts("ka")
