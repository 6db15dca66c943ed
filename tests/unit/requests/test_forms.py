import json
from pathlib import Path
from typing import Any

from chalicelib.requests import application, forms

SERVICE = json.loads(
    (Path(__file__).parents[3] / "catalogue/shared/public-information.json").read_text(encoding="utf-8")
)
FORM: dict[str, Any] = SERVICE["form"]
ANSWERS = {
    "addressee": "napr",
    "subject": "ვაკის პარკი",
    "description": "გთხოვთ, მომაწოდოთ ინფორმაცია სამუშაოების ღირებულების შესახებ.",
    "reply_form": "electronic",
}


def test_good_answers_have_no_errors() -> None:
    """R4.1"""
    assert forms.application_errors(FORM, forms.pruned(FORM, ANSWERS)) == []


def test_answers_to_hidden_questions_are_dropped_and_not_asked_for() -> None:
    hidden = {**ANSWERS, "postal_address": "თბილისი, ჭავჭავაძის 1"}
    assert "postal_address" not in forms.pruned(FORM, hidden)
    assert "postal_address" in forms.pruned(FORM, {**hidden, "reply_form": "paper"})


def test_every_error_stands_at_its_field_in_both_languages() -> None:
    wrong = {"addressee": "nobody", "subject": "x", "description": "ა" * 20000, "reply_form": "paper"}
    errors = forms.application_errors(FORM, forms.pruned(FORM, wrong))
    assert [error.pointer for error in errors] == ["/addressee", "/subject", "/description", "/postal_address"]
    assert [error.code for error in errors] == ["enum", "too-short", "too-long", "required"]
    assert all(set(error.texts) == {"ka", "en"} and error.page for error in errors)


def test_a_draft_keeps_what_is_unfinished_but_not_what_is_unknown() -> None:
    assert forms.draft_errors(FORM, {"subject": "x"}) == []
    assert [error.code for error in forms.draft_errors(FORM, {"nonsense": 1, "subject": 7})] == ["type", "unknown"]


def test_an_application_is_utf8_without_escapes_and_its_digest_fits() -> None:
    """R5.2"""
    built = application.build(("public-information", 1), "napr", {"first_name": "ნინო"}, ANSWERS)
    assert "ვაკის პარკი".encode() in built.content
    assert application.sha256(built.content) == built.sha256
    assert application.answers_in(built.content) == ANSWERS
