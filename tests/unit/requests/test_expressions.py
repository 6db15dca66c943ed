import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.requests.expressions import ExpressionError, evaluate, holds

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/expressions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: json.dumps(case["expr"], ensure_ascii=False))
def test_a_condition_means_what_the_shared_vectors_say(case: dict[str, Any]) -> None:
    value = evaluate(case["expr"], case["answers"])
    assert value == case["value"]
    assert isinstance(value, bool) == isinstance(case["value"], bool)


@pytest.mark.parametrize("case", VECTORS["errors"], ids=lambda case: json.dumps(case["expr"]))
def test_a_malformed_condition_is_an_error(case: dict[str, Any]) -> None:
    with pytest.raises(ExpressionError):
        evaluate(case["expr"], case["answers"])


def test_a_condition_cannot_be_nested_without_end() -> None:
    expression: Any = True
    for _ in range(50):
        expression = ["not", expression]
    with pytest.raises(ExpressionError):
        holds(expression, {})
