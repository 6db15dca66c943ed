"""Conditions of forms: a tiny prefix language.

Its meaning is fixed by `tests/vectors/expressions.json`, which the browser's evaluator runs too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_DEPTH = 16


class ExpressionError(ValueError):
    """The expression is malformed."""


def evaluate(expression: Any, answers: Mapping[str, Any], depth: int = 0) -> Any:
    """Return the value of an expression over answers. Raises ExpressionError."""
    if expression is None or isinstance(expression, (bool, int, float, str)):
        return expression
    if not isinstance(expression, list) or not expression or depth > MAX_DEPTH:
        raise ExpressionError("neither a value nor an operation")
    operator, *operands = expression
    if operator == "var":
        return _answer(operands, answers)
    if operator == "in":
        return _is_in(operands, answers, depth)
    if operator not in _OPERATORS:
        raise ExpressionError("unknown operator")
    count, apply = _OPERATORS[operator]
    if count is not None and len(operands) != count:
        raise ExpressionError("wrong number of operands")
    return apply([evaluate(operand, answers, depth + 1) for operand in operands])


def holds(expression: Any, answers: Mapping[str, Any]) -> bool:
    """Tell whether a condition is true; only true is true."""
    return evaluate(expression, answers) is True


def _answer(operands: Sequence[Any], answers: Mapping[str, Any]) -> Any:
    if len(operands) != 1 or not isinstance(operands[0], str) or not operands[0].startswith("/"):
        raise ExpressionError("var takes a JSON Pointer")
    found: Any = answers
    for raw in operands[0].split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _is_in(operands: Sequence[Any], answers: Mapping[str, Any], depth: int) -> bool:
    if len(operands) != 2 or not isinstance(operands[1], list):  # noqa: PLR2004 - what and where
        raise ExpressionError("in takes a value and a list")
    needle = evaluate(operands[0], answers, depth + 1)
    haystack = evaluate(operands[1], answers, depth + 1) if operands[1][:1] == ["var"] else operands[1]
    return isinstance(haystack, list) and any(_same(needle, item) for item in haystack)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


def _before(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _is_number(left) and _is_number(right) and left < right


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_Apply = Callable[[list[Any]], bool]
_OPERATORS: dict[Any, tuple[int | None, _Apply]] = {
    "==": (2, lambda values: _same(*values)),
    "!=": (2, lambda values: not _same(*values)),
    "<": (2, lambda values: _before(*values)),
    ">": (2, lambda values: _before(values[1], values[0])),
    "and": (None, lambda values: all(value is True for value in values)),
    "or": (None, lambda values: any(value is True for value in values)),
    "not": (1, lambda values: values[0] is not True),
    "empty": (1, lambda values: values[0] is None or values[0] in ("", [])),
}
