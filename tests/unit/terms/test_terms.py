"""The portal's terms: which version is in force, and what accepting it takes (R3.1, R3.2)."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.errors import Failure
from chalicelib.terms import acceptance, versions
from chalicelib.terms.errors import TermsOutdated

FOLDER = Path(versions.__file__).parent / "texts"


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of texts of our own."""
    monkeypatch.setattr(versions, "_FOLDER", tmp_path)
    versions.current_version.cache_clear()
    versions.terms.cache_clear()
    yield tmp_path
    versions.current_version.cache_clear()
    versions.terms.cache_clear()


def test_the_newest_date_is_in_force(texts: Path) -> None:
    """R3.2"""
    for version in ("2026-11-24", "2027-01-02", "2026-12-31"):
        for language in ("ka", "en"):
            (texts / f"{version}.{language}.json").write_text(f'{{"title": "{version}"}}', encoding="utf-8")
    assert versions.current_version() == "2027-01-02"
    assert versions.terms("2026-12-31", "en") == {"title": "2026-12-31"}


def test_every_version_is_there_in_both_languages_with_the_same_sections() -> None:
    """R3.1"""
    found = {path.name.split(".")[0] for path in FOLDER.iterdir()}
    assert versions.current_version() in found
    for version in found:
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", version)
        ka, en = (json.loads((FOLDER / f"{version}.{each}.json").read_bytes()) for each in ("ka", "en"))
        assert [len(section["paragraphs"]) for section in ka["sections"]] == [
            len(section["paragraphs"]) for section in en["sections"]
        ]
        for text in (ka, en):
            assert text["title"]
            assert all(section["heading"] and all(section["paragraphs"]) for section in text["sections"])
        assert not re.search("[\u1c90-\u1cbf]", json.dumps(ka, ensure_ascii=False)), "Georgian in Mkhedruli"
        assert not re.search("[ა-ჰ]", json.dumps(en, ensure_ascii=False))


def principal(state: str) -> Any:
    from chalicelib.core.principal import Principal

    return Principal("cit_1", "session-hash", state, "low", datetime.now(UTC))


@pytest.mark.parametrize("step", ["new-password", "contact"])
def test_the_terms_come_after_the_steps_before(step: str) -> None:
    """R2.2, R2.3"""
    with pytest.raises(Failure) as raised:
        acceptance.accept(principal(step), versions.current_version(), "ka")
    assert raised.value.code == f"{step}-required"


@pytest.mark.parametrize("version", ["", "2020-01-01", "9999-01-01"])
def test_another_version_than_the_one_in_force_can_not_be_accepted(version: str) -> None:
    """R3.2"""
    with pytest.raises(TermsOutdated):
        acceptance.accept(principal("terms"), version, "ka")


def test_an_acceptance_says_who_what_when_and_in_which_language_and_is_never_changed(portal: Any) -> None:
    """R3.1"""
    from chalicelib.auth import repository, session_repository
    from chalicelib.core.tables import Together
    from chalicelib.terms.repository import AcceptanceTable

    account = repository.AccountTable(
        pk="cit_1", credential_kind="password", credential_hash="x", created_at="x", registered_by="opr_1"
    )
    session = session_repository.SessionTable(
        token_hash="session-hash",
        subject="cit_1",
        role="citizen",
        state="terms",
        assurance="low",
        created_at="x",
        seen_at=1,
        expires_at=1,
    )
    together = Together()
    together.create("account", account)
    together.create("session", session)
    together.commit()
    version = versions.current_version()
    acceptance.accept(principal("terms"), version, "en")
    kept = AcceptanceTable.get("cit_1", f"acceptance#{version}")
    assert (kept.language, kept.accepted_at[:2]) == ("en", "20")
    acceptance.accept(principal("terms"), version, "ka")
    again = AcceptanceTable.get("cit_1", f"acceptance#{version}")
    assert (again.language, again.accepted_at) == (kept.language, kept.accepted_at)
    found = repository.find_account("cit_1")
    assert found is not None
    assert found.terms_version == version
    assert session_repository.SessionTable.get("session-hash").state == "ready"
