"""A provider answers each request once, whatever SQS and crashes do (R5.2, R5.4)."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from providerkit import Attachment, Inbox, Ledger, Outcome, QueueClient, QueueUnavailableError, Submitted


def inbox(queues: Any, state: Ledger | None = None) -> Inbox:
    return Inbox(queues.client(), provider="napr", state=state or Ledger(None, "event_id"))


def poll(box: Inbox) -> list[Outcome]:
    return list(box.poll(0))


def only_request(box: Inbox) -> Submitted:
    (outcome,) = poll(box)
    assert outcome.kind == "request"
    assert outcome.request is not None
    return outcome.request


def test_a_request_is_acknowledged_with_its_digest_and_answered(queues: Any, submitted: Any) -> None:
    event = submitted()
    queues.deliver(event)
    box = inbox(queues)
    request = only_request(box)
    box.acknowledge(request)
    box.answer(request, "პასუხი", (Attachment("ა.bin", "application/octet-stream", b"\x00\xff"),))
    receipt, answer = [json.loads(body) for body in queues.sent()]
    content = base64.b64decode(event["data"]["application"]["content_base64"])
    assert request.application == content
    assert receipt["type"] == "ge.karibche.request.received.v1"
    assert receipt["data"] == {"request_id": request.request_id, "sha256": hashlib.sha256(content).hexdigest()}
    assert answer["type"] == "ge.karibche.request.answered.v1"
    assert base64.b64decode(answer["data"]["body"]["content_base64"]).decode() == "პასუხი"
    assert base64.b64decode(answer["data"]["attachments"][0]["content_base64"]) == b"\x00\xff"
    assert queues.waiting() == 0


def test_the_message_stays_in_the_queue_until_the_answer_is_out(queues: Any, submitted: Any) -> None:
    queues.deliver(submitted())
    box = inbox(queues)
    box.acknowledge(only_request(box))
    assert queues.waiting() == 1


def test_doubles_before_and_after_the_answer_cause_nothing(queues: Any, submitted: Any) -> None:
    queues.deliver(submitted())
    box = inbox(queues)
    request = only_request(box)
    queues.deliver(submitted())
    assert {outcome.kind for outcome in poll(box)} == {"double"}
    box.acknowledge(request)
    box.acknowledge(request)
    box.answer(request, "პასუხი")
    assert queues.waiting() == 0
    queues.deliver(submitted())
    assert [outcome.kind for outcome in poll(box)] == ["double"]
    assert queues.waiting() == 0
    assert len(queues.sent()) == 2


def test_a_double_after_a_restart_causes_nothing(queues: Any, submitted: Any, tmp_path: Path) -> None:
    queues.deliver(submitted())
    first = inbox(queues, Ledger(tmp_path / "state.jsonl", "event_id"))
    request = only_request(first)
    first.acknowledge(request)
    first.answer(request, "პასუხი")
    queues.deliver(submitted())
    second = inbox(queues, Ledger(tmp_path / "state.jsonl", "event_id"))
    assert [outcome.kind for outcome in poll(second)] == ["double"]
    assert len(queues.sent()) == 2


class Crash(Exception):
    pass


class CrashingLedger(Ledger):
    """Dies when it should note a certain step."""

    def __init__(self, path: Path, step: str) -> None:
        super().__init__(path, "event_id")
        self._crash_at = step

    def put(self, row: dict[str, Any]) -> None:
        if row["step"] == self._crash_at:
            raise Crash
        super().put(row)


@pytest.mark.parametrize("step", ["seen", "received", "answered"])
def test_after_a_crash_the_same_messages_are_sent(queues: Any, submitted: Any, tmp_path: Path, step: str) -> None:
    queues.deliver(submitted())
    path = tmp_path / "state.jsonl"
    dying = inbox(queues, CrashingLedger(path, step))

    def work(box: Inbox) -> None:
        request = only_request(box)
        box.acknowledge(request)
        box.answer(request, "პასუხი")

    with pytest.raises(Crash):
        work(dying)
    work(inbox(queues, Ledger(path, "event_id")))
    sent = queues.sent()
    assert len(set(sent)) == 2
    assert queues.waiting() == 0


def test_two_events_are_two_requests(queues: Any, submitted: Any) -> None:
    queues.deliver(submitted(1))
    queues.deliver(submitted(2))
    box = inbox(queues)
    requests = [outcome.request for outcome in poll(box) if outcome.request]
    ids = {box.acknowledge(request) for request in requests} | {box.answer(r, "პასუხი") for r in requests}
    assert len(ids) == 4


def damaged(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    event["data"]["application"] |= changes
    return event


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"size": 1}, {"content_base64": "e30="}, {"content_base64": "?"}]
)
def test_a_request_that_does_not_fit_its_digest_is_not_acknowledged(
    queues: Any, submitted: Any, change: dict[str, Any]
) -> None:
    queues.deliver(damaged(submitted(), **change))
    assert [outcome.kind for outcome in poll(inbox(queues))] == ["unreadable"]
    assert queues.waiting() == 1
    assert queues.sent() == []


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        '{"specversion":"1.0","type":"x"}',
        '{"specversion":"1.0","type":"ge.karibche.request.submitted.v1"}',
    ],
)
def test_an_unreadable_message_stays_and_its_content_is_not_quoted(queues: Any, body: str) -> None:
    queues.deliver(body)
    (outcome,) = poll(inbox(queues))
    assert outcome.kind == "unreadable"
    assert body not in outcome.problem
    assert queues.waiting() == 1


@pytest.mark.parametrize("reply_id", ["rpl_1", None])
def test_a_refusal_is_told_and_taken_off(queues: Any, refused: Any, reply_id: str | None) -> None:
    queues.deliver(refused("too-large", reply_id))
    (outcome,) = poll(inbox(queues))
    assert outcome.refused is not None
    assert (outcome.refused.reason, outcome.refused.reply_id) == ("too-large", reply_id)
    assert queues.waiting() == 0


def test_a_missing_queue_is_one_clear_line(queues: Any) -> None:
    client = QueueClient(requests="elsewhere", replies="replies", region="eu-central-1")
    with pytest.raises(QueueUnavailableError, match=r"^\S*NonExistentQueue\S* at GetQueueUrl$"):
        client.receive(0)


def test_a_failed_deletion_is_repaired_by_the_next_delivery(
    queues: Any, submitted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: QueueClient, receipt: str) -> None:
        raise QueueUnavailableError("away")

    queues.deliver(submitted())
    box = inbox(queues)
    request = only_request(box)
    with monkeypatch.context() as patch:
        patch.setattr(QueueClient, "delete", fail)
        box.answer(request, "პასუხი")
    assert [outcome.kind for outcome in poll(box)] == ["double"]
    assert queues.waiting() == 0


def test_a_ledger_survives_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.jsonl"
    Ledger(path, "event_id").put({"event_id": "a", "step": "seen"})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"event_id":"b","st')
    again = Ledger(path, "event_id")
    again.put({"event_id": "c", "step": "seen"})
    last = Ledger(path, "event_id")
    assert last.get("a") == {"event_id": "a", "step": "seen"}
    assert last.get("b") is None
    assert last.get("c") is not None
