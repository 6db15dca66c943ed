"""What is wrong with what was sent: stable codes and pointers, and nothing of what was typed."""

from typing import Any

import pytest

from chalicelib.core.validation import field_errors, pointer_of


def errors_of(schema: dict[str, Any], value: Any) -> list[tuple[str, str, dict[str, Any]]]:
    whole = {"type": "object", "properties": {"a": schema}, "additionalProperties": False}
    return [(error.pointer, error.code, dict(error.params)) for error in field_errors(whole, value)]


@pytest.mark.parametrize(
    ("schema", "value", "code", "params"),
    [
        ({"type": "string"}, 7, "type", {}),
        ({"enum": ["x", "y"]}, "z", "enum", {}),
        ({"const": True}, False, "enum", {}),
        ({"const": True}, 1, "enum", {}),
        ({"type": "string", "pattern": "^[0-9]{11}$"}, "1", "pattern", {}),
        ({"type": "string", "pattern": "^[0-9]{11}$"}, "12345678901\n", "pattern", {}),
        ({"type": "string", "minLength": 5}, "x", "too-short", {"min": 5}),
        ({"type": "string", "maxLength": 5}, "x" * 6, "too-long", {"max": 5}),
        ({"type": "number", "minimum": 3}, 2, "too-small", {"min": 3}),
        ({"type": "number", "maximum": 3}, 4, "too-big", {"max": 3}),
        ({"type": "array", "minItems": 1}, [], "too-few", {"min": 1}),
        ({"type": "array", "maxItems": 1}, [1, 2], "too-many", {"max": 1}),
        ({"type": "string", "format": "date"}, "2026-02-30", "format", {}),
        ({"type": "string", "format": "email"}, "nino@", "format", {}),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, 7, "type", {}),
        ({"not": {}}, 7, "type", {}),
    ],
)
def test_each_way_of_being_wrong_has_a_code(
    schema: dict[str, Any], value: Any, code: str, params: dict[str, int]
) -> None:
    """R4.1"""
    assert errors_of(schema, {"a": value}) == [("/a", code, params)]


def test_letters_are_counted_not_bytes() -> None:
    """R4.1: a Georgian letter is three bytes, an emoji is four, and each is one."""
    for value in ("ა" * 5, "😀" * 5):
        assert errors_of({"type": "string", "maxLength": 5, "minLength": 5}, {"a": value}) == []


def test_every_missing_and_every_unknown_field_is_named() -> None:
    schema = {
        "type": "object",
        "properties": {"b": {}, "a": {}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }
    found = [(error.pointer, error.code) for error in field_errors(schema, {"y": 1, "x": 2})]
    assert found == [("/b", "required"), ("/a", "required"), ("/x", "unknown"), ("/y", "unknown")]


def test_a_field_is_named_once_and_in_the_order_of_the_form() -> None:
    schema = {
        "type": "object",
        "properties": {"z": {"type": "string", "minLength": 9, "pattern": "^x"}, "a": {"type": "string"}},
    }
    found = field_errors(schema, {"a": 1, "z": "y"})
    assert [error.pointer for error in found] == ["/z", "/a"]


def test_a_field_inside_another_is_pointed_at() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "object", "required": ["b"]}}},
    }
    assert [error.pointer for error in field_errors(schema, {"a": [{"b": 1}, {}]})] == ["/a/1/b"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [([], ""), (["a"], "/a"), (["a", 0, "b"], "/a/0/b"), (["a/b", "~"], "/a~1b/~0"), ([""], "/")],
)
def test_a_pointer_is_written_as_in_rfc_6901(path: list[str | int], pointer: str) -> None:
    assert pointer_of(path) == pointer


def test_what_was_typed_is_in_no_error() -> None:
    """R7.3"""
    schema = {
        "type": "object",
        "properties": {"a": {"enum": ["x"]}, "b": {"type": "string", "pattern": "^x$"}, "c": {"type": "integer"}},
    }
    found = field_errors(schema, {"a": "ნინო", "b": "ნინო", "c": "ნინო"})
    assert len(found) == 3
    assert "ნინო" not in repr(found)
