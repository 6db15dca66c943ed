"""JSON Schema validation with codes and pointers of ours: the library's messages quote what a person typed."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs

from chalicelib.core.errors import FieldError

_CODES = {
    "required": "required",
    "type": "type",
    "enum": "enum",
    "const": "enum",
    "pattern": "pattern",
    "minLength": "too-short",
    "maxLength": "too-long",
    "minimum": "too-small",
    "maximum": "too-big",
    "format": "format",
    "minItems": "too-few",
    "maxItems": "too-many",
    "additionalProperties": "unknown",
    "unevaluatedProperties": "unknown",
}
_LIMITS = {
    "minLength": "min",
    "maxLength": "max",
    "minimum": "min",
    "maximum": "max",
    "minItems": "min",
    "maxItems": "max",
}


def field_errors(schema: Mapping[str, Any], value: Any) -> list[FieldError]:
    """Return everything that is wrong with `value`, one error a field, in the order of the schema's fields."""
    text = json.dumps(schema, ensure_ascii=False, sort_keys=True)
    found: dict[str, FieldError] = {}
    for error in _validator(text).iter_errors(value):
        for pointer, code, params in _facts(error):
            found.setdefault(pointer, FieldError(pointer, code, params))
    order = list(schema.get("properties", {}))
    return sorted(found.values(), key=lambda error: _rank(order, error.pointer))


def pointer_of(path: Sequence[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@lru_cache(maxsize=128)
def _validator(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)


def _facts(error: Any) -> list[tuple[str, str, dict[str, str | int]]]:
    """Return pointer, code and limits of what the library found."""
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    here = list(error.instance_path)
    kind = error.kind
    if keyword == "required":
        return [(pointer_of([*here, kind.property]), "required", {})]
    if keyword in {"additionalProperties", "unevaluatedProperties"}:
        return [(pointer_of([*here, name]), "unknown", {}) for name in kind.unexpected]
    params: dict[str, str | int] = {}
    if keyword in _LIMITS:
        params[_LIMITS[keyword]] = int(kind.limit)
    return [(pointer_of(here), _CODES.get(keyword, "type"), params)]


def _rank(order: list[str], pointer: str) -> tuple[int, str]:
    name = pointer.split("/")[1] if "/" in pointer else ""
    return (order.index(name) if name in order else len(order), pointer)
