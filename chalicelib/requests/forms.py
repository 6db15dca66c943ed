"""Forms: which questions are asked, and what is wrong with the answers. Plain data in, plain data out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from chalicelib.core.errors import FieldError
from chalicelib.core.texts import Language, text
from chalicelib.core.validation import field_errors
from chalicelib.requests.expressions import holds

Answers = Mapping[str, Any]
_REFUSED_IN_DRAFTS = {"unknown", "type", "too-long", "too-many"}
_CHOICES = {"addressee", "radio", "select", "checkbox", "checkboxes"}
_EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class Question:
    """One question of a form: the name of its answer, its page, and how it is asked."""

    name: str
    page: str
    field: Mapping[str, Any]


def asked(form: Mapping[str, Any], answers: Answers) -> list[Question]:
    """Return the questions that these answers lead to, in their order."""
    return [question for question in _questions(form) if _is_asked(form, question, answers)]


def pruned(form: Mapping[str, Any], answers: Answers) -> dict[str, Any]:
    """Return the answers to questions that are asked, without empty ones.

    Dropping one answer can hide another question, so this goes on until nothing changes.
    """
    kept = {name: value for name, value in answers.items() if value not in _EMPTY}
    while True:
        names = {question.name for question in asked(form, kept)}
        remaining = {name: value for name, value in kept.items() if name in names}
        if remaining == kept:
            return remaining
        kept = remaining


def draft_errors(form: Mapping[str, Any], answers: Answers) -> list[FieldError]:
    """Return what can't even be kept in a draft: unknown fields, other types, too much."""
    open_schema = {**form["schema"], "required": []}
    errors = [error for error in field_errors(open_schema, dict(answers)) if error.code in _REFUSED_IN_DRAFTS]
    return _worded(form, errors)


def application_errors(form: Mapping[str, Any], answers: Answers) -> list[FieldError]:
    """Return everything that is wrong with pruned answers, in the order of the questions."""
    questions = asked(form, answers)
    names = {question.name for question in questions}
    schema = {**form["schema"], "required": [name for name in form["schema"].get("required", []) if name in names]}
    errors = _worded(form, field_errors(schema, dict(answers)))
    order = [question.name for question in questions]
    return sorted(errors, key=lambda error: order.index(_name(error)) if _name(error) in order else len(order))


def _questions(form: Mapping[str, Any]) -> Iterator[Question]:
    for page in form["pages"]:
        for field in page["fields"]:
            yield Question(field["path"].removeprefix("/"), page["id"], field)


def _is_asked(form: Mapping[str, Any], question: Question, answers: Answers) -> bool:
    page = next(page for page in form["pages"] if page["id"] == question.page)
    return all(holds(part["show_if"], answers) for part in (page, question.field) if "show_if" in part)


def _worded(form: Mapping[str, Any], errors: list[FieldError]) -> list[FieldError]:
    questions = {question.name: question for question in _questions(form)}
    return [_with_texts(error, questions.get(_name(error))) for error in errors]


def _with_texts(error: FieldError, question: Question | None) -> FieldError:
    if question is None:
        return error
    own: Mapping[str, str] = question.field.get("errors", {}).get(error.code, {})
    words = {
        language: own.get(language) or _default_text(error, question, language) for language in get_args(Language)
    }
    return replace(error, texts=words, page=question.page)


def _default_text(error: FieldError, question: Question, language: Language) -> str:
    chooses = error.code == "required" and question.field["widget"] in _CHOICES
    label = question.field["label"][language]
    return text(language, "validation", "choose" if chooses else error.code, field=label, **error.params)


def _name(error: FieldError) -> str:
    return error.pointer.split("/")[1] if "/" in error.pointer else ""
