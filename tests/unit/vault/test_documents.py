"""Documents: kept as they came, known again, given out under their name for a minute (R5.2, R6.2)."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import NotFound

CONTENT = "დანართი\r\n\x00".encode() + b"\xff"
NAME = 'პასუხი №1; "ასლი"\r\n 100%.pdf'


@pytest.fixture
def vault(portal: Any) -> Any:
    """The vault, with one document of one citizen."""
    from chalicelib import vault
    from chalicelib.core.crypto import new_data_key

    for citizen in ("cit_1", "cit_2"):
        new_data_key(citizen)[1].save()
    vault.store("cit_1", "doc_1", "req_1", NAME, "application/pdf", CONTENT)
    return vault


def kept() -> dict[str, Any]:
    import boto3

    return boto3.client("s3").get_object(Bucket="vault", Key="documents/cit_1/doc_1")  # type: ignore[return-value]


def test_an_attachment_has_the_same_id_whenever_its_message_comes() -> None:
    """R5.1"""
    from chalicelib.vault import document_id_of

    made = document_id_of("msg_1", 0)
    assert made == document_id_of("msg_1", 0)
    assert made.startswith("doc_")
    assert len({made, document_id_of("msg_1", 1), document_id_of("msg_2", 0), document_id_of("msg_10", 0)}) == 4
    assert document_id_of("msg_1", 10) != document_id_of("msg_11", 0)


def test_bytes_are_kept_as_they_came(vault: Any) -> None:
    """R5.2"""
    found = kept()
    assert found["Body"].read() == CONTENT
    assert found["ContentType"] == "application/octet-stream"
    assert found["ServerSideEncryption"] == "aws:kms"


def test_name_and_kind_are_sealed(vault: Any) -> None:
    """R7.3"""
    from chalicelib.vault.repository import DocumentTable

    item = DocumentTable.get("cit_1", "doc_1")
    assert (int(item.size), item.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    said = repr(item.serialize())
    assert "pdf" not in said
    assert "პასუხი" not in said
    assert repr(kept()["Metadata"]) == "{}"


def test_a_repeat_changes_nothing(vault: Any) -> None:
    """R5.1"""
    from chalicelib.vault.repository import DocumentTable

    before = DocumentTable.get("cit_1", "doc_1").serialize()
    vault.store("cit_1", "doc_1", "req_1", NAME, "application/pdf", CONTENT)
    assert DocumentTable.get("cit_1", "doc_1").serialize() == before


def test_a_link_lives_for_a_minute_and_saves_the_file_under_its_name(vault: Any) -> None:
    """R6.2: whatever stands in the name, it stays a name."""
    link = urlsplit(vault.link("cit_1", "doc_1"))
    query = parse_qs(link.query)
    assert link.path.endswith("/vault/documents/cit_1/doc_1")
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["response-content-type"] == ["application/pdf"]
    (disposition,) = query["response-content-disposition"]
    head, _, name = disposition.partition("; filename*=UTF-8''")
    assert head == "attachment"
    assert not set(name) & set(" \";\r\n,'")
    assert unquote(name) == NAME


def test_a_document_of_another_is_not_found(vault: Any) -> None:
    """R7.3"""
    for citizen, document in (("cit_2", "doc_1"), ("cit_1", "doc_2")):
        with pytest.raises(NotFound):
            vault.link(citizen, document)


def test_a_document_is_not_given_out_after_its_time(vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7.1"""
    later = datetime.now(UTC) + timedelta(days=3 * 365, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(NotFound):
        vault.link("cit_1", "doc_1")
