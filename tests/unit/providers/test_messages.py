import base64
import hashlib
import json
from typing import Any

import pytest

from chalicelib.providers.messages import MAX_INLINE_BYTES, NotAccepted, parse_reply

REQUEST = "req_" + "0" * 26


def part(content: bytes, **facts: Any) -> dict[str, Any]:
    made = {
        "media_type": "text/plain",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }
    return {**made, **facts}


def answered(body: dict[str, Any], *attachments: dict[str, Any], **more: Any) -> str:
    data = {"request_id": REQUEST, "body": body, "attachments": list(attachments), **more}
    event = {"specversion": "1.0", "id": "rpl_1", "source": "x", "type": "ge.karibche.request.answered.v1"}
    return json.dumps({**event, "data": data})


def test_parts_come_out_as_they_went_in() -> None:
    """R5.2"""
    text = "პასუხი ე\u0301\r\n".encode()
    reply = parse_reply(answered(part(text), part(b"\x00\xff", name="ფაილი.bin")))
    assert reply.body is not None
    assert reply.body.content == text
    assert reply.attachments[0].content == b"\x00\xff"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not json", "malformed"),
        ("[]", "malformed"),
        ("[" * 100_000, "malformed"),
        (json.dumps({"id": "rpl_1", "type": "something.else"}), "malformed"),
        (answered(part(b"x"), surplus=1), "malformed"),
        (answered(part(b"x", content_base64="A")), "malformed"),
        (answered(part(b"x", sha256="0" * 64)), "digest-mismatch"),
        (answered(part(b"x", size=2)), "digest-mismatch"),
        (answered(part(b"\xff")), "not-utf8"),
        (answered(part(b"x", media_type="text/html")), "unsupported-type"),
        (answered(part(b"x"), part(b"y" * MAX_INLINE_BYTES, name="big")), "too-large"),
    ],
)
def test_a_reply_that_breaks_the_contract_is_refused_with_its_reason(body: str, reason: str) -> None:
    with pytest.raises(NotAccepted) as refused:
        parse_reply(body)
    assert refused.value.reason == reason
