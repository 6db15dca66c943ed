"""Small words for JSON Schemas, so that a contract reads as a table."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

EMAIL: Schema = {"type": "string", "format": "email", "maxLength": 254}
MOBILE: Schema = {"type": "string", "pattern": "^5[0-9]{8}$"}
PERSONAL_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]{11}$"}
GEORGIAN_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 80,
    "pattern": "^[ა-ჰ]+([ '’-][ა-ჰ]+)*$",
}
MOMENT: Schema = {"type": "string", "format": "date-time"}
LANGUAGE: Schema = {"enum": ["ka", "en"]}
BILINGUAL: Schema = {
    "type": "object",
    "properties": {"ka": {"type": "string"}, "en": {"type": "string"}},
    "required": ["ka", "en"],
    "additionalProperties": False,
}


def string(max_length: int, min_length: int = 1) -> Schema:
    """Return the schema of a text within bounds."""
    return {"type": "string", "minLength": min_length, "maxLength": max_length}


def one_of(*values: str) -> Schema:
    """Return the schema of one of some words."""
    return {"enum": list(values)}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be absent, as null."""
    return {"anyOf": [dict(schema), {"type": "null"}]}


def array(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": dict(items)}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def page_of(items: Schema) -> Schema:
    """Return the schema of one page of a list."""
    return record({"items": array(items), "next_cursor": or_null({"type": "string"})})


OPEN_OBJECT: Schema = {"type": "object"}
