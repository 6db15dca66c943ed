"""Letters and notices: every kind, both languages, nothing sensitive where others look (R8.2, R10.12)."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest

from chalicelib.core.texts import Language
from chalicelib.notifications.letters import letter
from chalicelib.notifications.notices import NOTICE, Kind, Notice, to_json

ROOT = Path(__file__).parents[3]
ORIGIN = "https://portal.example"
MOMENT = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
PARAMS: dict[str, Any] = {
    "request_id": "req_" + "0" * 26,
    "registration_number": "2026-11840273-7",
    "service_title": {"ka": "საჯარო ინფორმაციის მოთხოვნა", "en": "Request public information"},
}
CODE = {"code": "123456"}
# What a letter's subject would give away to whoever sees a locked screen: of services, of people, of money.
SENSITIVE = {
    "ka": "ჯანმრთ ავად დიაგნოზ ვალი ჯარიმ სასამართლ პოლიცი ოჯახ ქორწინ განქორწ სოციალურ გადასახად პირადი კოდი",
    "en": "health diagnos debt fine court police family marriage divorce benefit tax personal code password:",
}
KINDS = get_args(Kind)


def notice(kind: Kind, **facts: Any) -> Notice:
    params = CODE if kind == "email-code" else PARAMS if kind.startswith("request-") else {}
    made = {"notice_id": "ntc_1", "citizen_id": "cit_1", "kind": kind, "created_at": MOMENT, "read_at": None}
    return Notice(**{**made, "params": params, **facts})


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", KINDS)
def test_every_notice_has_its_letter(kind: Kind, language: Language) -> None:
    """R10.12"""
    written = letter(notice(kind), language, ORIGIN)
    assert written.subject
    assert "\n" not in written.subject
    assert not re.search(r"[{}]", written.subject + written.text)
    assert ORIGIN in written.text
    assert written.text.endswith(f"{ORIGIN}\n")
    assert not any(word in written.subject.lower() for word in SENSITIVE[language].split())
    assert not re.search(r"\d", written.subject), "no number and no code"
    for value in (PARAMS["registration_number"], *PARAMS["service_title"].values()):
        assert value not in written.subject


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_written_in_one_language(kind: Kind, language: Language) -> None:
    written = letter(notice(kind), language, ORIGIN)
    georgian = re.search("[ა-ჰ]", written.subject + written.text)
    assert bool(georgian) == (language == "ka")


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_in_a_letter_leads_to_a_page_and_signs_nobody_in(kind: Kind, language: Language) -> None:
    """R10.15"""
    links = re.findall(r"https?://\S+", letter(notice(kind), language, ORIGIN).text)
    assert links[-1] == ORIGIN
    for link in links[:-1]:
        assert link == f"{ORIGIN}/{language}/requests/{PARAMS['request_id']}"
    assert "'/requests/:" in (ROOT / "web/src/citizen/routes.tsx").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", get_args(Language))
def test_only_the_letter_with_the_code_has_the_code(language: Language) -> None:
    """R2.5"""
    for kind in KINDS:
        assert ("123456" in letter(notice(kind), language, ORIGIN).text) == (kind == "email-code")


def test_what_was_asked_stands_in_no_letter() -> None:
    """R10.12: neither the service's name nor the institution's, only the number."""
    for kind in KINDS:
        for language in get_args(Language):
            assert PARAMS["service_title"][language] not in letter(notice(kind), language, ORIGIN).text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read_at", [None, MOMENT])
def test_a_notice_is_shown_as_its_schema_says(kind: Kind, read_at: datetime | None) -> None:
    shown = to_json(notice(kind, read_at=read_at))
    assert jsonschema_rs.validator_for(dict(NOTICE), validate_formats=True).is_valid(shown)
    assert shown["read_at"] == (None if read_at is None else "2026-11-24T10:15:00.000Z")
    assert "citizen_id" not in shown


def test_the_site_has_words_for_every_kind_of_notice() -> None:
    """R1.4"""
    for language in get_args(Language):
        words = (ROOT / f"web/src/citizen/{language}.json").read_text(encoding="utf-8")
        for kind in set(KINDS) - {"email-code"}:
            assert f'"notice.{kind}"' in words
