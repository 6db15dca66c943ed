"""The simulator: a polite answer, the same each time, and misbehaviour that can be told apart (R10.17)."""

import ast
import base64
import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from providerkit.cli import main
from providerkit.messages import INLINE_LIMIT, parse
from providerkit.simulator import MISBEHAVIOURS, Plan, Simulator, misbehaviour, reply
from providerkit.stopping import Stopping

import providerkit
from providerkit import Inbox, Ledger, QueueClient, QueueUnavailableError, Submitted

PLAN = Plan(provider="napr", delay=0, after_received=0, once=True)


def read(event: dict[str, Any]) -> Submitted:
    request = parse(json.dumps(event))
    assert isinstance(request, Submitted)
    return request


def run(queues: Any, plan: Plan = PLAN, journal: Ledger | None = None) -> list[str]:
    lines: list[str] = []
    box = Inbox(queues.client(), provider=plan.provider, state=Ledger(None, "event_id"))
    journal = journal or Ledger(None, "event_id")
    assert Simulator(box, plan, journal=journal, say=lines.append, stopping=Stopping()).run()
    return lines


def decoded(part: dict[str, Any]) -> bytes:
    content = base64.b64decode(part["content_base64"])
    assert part["size"] == len(content)
    return content


def test_the_answer_greets_and_quotes_subject_and_number(submitted: Any) -> None:
    text, (file,) = reply(read(submitted()), PLAN)
    assert "მოგესალმებით, ნინო!" in text
    assert "„მშენებლობის ნებართვები“" in text
    assert "2026-11840273-7" in text
    assert file.name == "პასუხი-2026-11840273-7.txt"
    assert submitted()["data"]["application"]["sha256"] in file.content.decode()


def test_the_answer_is_the_same_each_time(submitted: Any) -> None:
    assert reply(read(submitted()), PLAN) == reply(read(submitted()), PLAN)


@pytest.mark.parametrize("content", [b"not json", b"[]", b"{}", b'{"answers":{}}'])
def test_an_application_of_another_shape_is_answered_too(submitted: Any, content: bytes) -> None:
    application = {
        "media_type": "application/json",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode(),
    }
    text, _ = reply(read(submitted(application=application)), PLAN)
    assert text.startswith("პატივცემულო მომხმარებელო,")
    assert "2026-11840273-7" in text


def test_one_line_per_event_with_ids_only(queues: Any, submitted: Any, refused: Any) -> None:
    queues.deliver(submitted())
    queues.deliver(refused("digest-mismatch"))
    lines = run(queues)
    assert [line.split()[2] for line in lines] == ["request", "refused", "received", "answered"]
    for secret in ("ნინო", "98765432109", "ნებართვები", "2026-11840273-7"):
        assert secret not in "\n".join(lines)


def test_receipt_before_answer(queues: Any, submitted: Any) -> None:
    queues.deliver(submitted())
    run(queues)
    assert [json.loads(body)["type"].split(".")[-2] for body in queues.sent()] == ["received", "answered"]


def test_the_journal_has_one_line_per_request(queues: Any, submitted: Any, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for number in (1, 2, 1, 2, 2):
        queues.deliver(submitted(number))
    run(queues, journal=Ledger(path, "event_id"))
    queues.deliver(submitted(1))
    run(queues, journal=Ledger(path, "event_id"))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["request_id"][-1] for row in rows] == ["1", "2"]
    assert rows[0].keys() == {"event_id", "request_id", "sha256", "at"}
    assert rows[0]["sha256"] == submitted()["data"]["application"]["sha256"]


def test_it_ends_after_the_asked_number_of_answers(queues: Any, submitted: Any) -> None:
    for number in range(5):
        queues.deliver(submitted(number))
    run(queues, Plan(provider="napr", delay=0, after_received=0, limit=2))
    assert sum("answered" in body for body in queues.sent()) == 2
    assert queues.waiting() == 3


@pytest.mark.parametrize("kind", MISBEHAVIOURS)
def test_misbehaviour_breaks_exactly_its_rule(submitted: Any, kind: str) -> None:
    request = read(submitted())
    bodies = misbehaviour(request, Plan(provider="napr", misbehave=kind), at="2026-11-24T10:15:00Z")
    if kind == "malformed":
        with pytest.raises(ValueError, match="line"):
            json.loads(bodies[0])
        return
    events = [json.loads(body) for body in bodies]
    data = events[0]["data"]
    parts = [data["body"], *data["attachments"]]
    fits = [hashlib.sha256(decoded(part)).hexdigest() == part["sha256"] for part in parts]
    assert all(fits) == (kind != "digest")
    assert (data["request_id"] == request.request_id) == (kind != "foreign")
    assert (sum(part["size"] for part in parts) > INLINE_LIMIT) == (kind == "too-large")
    if kind == "twice":
        assert bodies[0] == bodies[1]
        assert len({event["id"] for event in events}) == 2
    assert all(len(body.encode()) < 1_048_576 for body in bodies)


def test_a_named_foreign_request_is_answered(submitted: Any) -> None:
    plan = Plan(provider="napr", misbehave="foreign", foreign_request="req_" + "0" * 26)
    (body,) = misbehaviour(read(submitted()), plan, at="2026-11-24T10:15:00Z")
    assert json.loads(body)["data"]["request_id"] == "req_" + "0" * 26


def test_a_misbehaving_provider_acknowledges_first_and_is_done(queues: Any, submitted: Any) -> None:
    queues.deliver(submitted())
    run(queues, Plan(provider="napr", delay=0, after_received=0, once=True, misbehave="malformed"))
    assert len(queues.sent()) == 2
    assert queues.waiting() == 0


class AwayTwice(QueueClient):
    """A queue that cannot be reached at first."""

    failures = 2

    def receive(self, wait: int) -> Any:
        if self.failures:
            self.failures -= 1
            raise QueueUnavailableError("Could not connect")
        return super().receive(wait)


def test_it_waits_for_a_queue_that_is_away(queues: Any, submitted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providerkit.simulator.Stopping.sleep", lambda *_: None)
    queues.deliver(submitted())
    lines: list[str] = []
    client = AwayTwice(requests="requests", replies="replies", region="eu-central-1")
    box = Inbox(client, provider="napr", state=Ledger(None, "event_id"))
    plan = Plan(provider="napr", delay=0, after_received=0, limit=1)
    Simulator(box, plan, journal=Ledger(None, "event_id"), say=lines.append, stopping=Stopping()).run()
    assert [line.split()[2] for line in lines] == [
        "unavailable",
        "unavailable",
        "request",
        "received",
        "answered",
    ]


def test_a_signal_cuts_a_wait_but_not_work() -> None:
    stopping = Stopping()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stopping.listen()
        done = []
        with stopping.may_interrupt():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("not reached")
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("work goes on")
        stopping.sleep(60)
        assert stopping.requested
        assert done == ["work goes on"]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.fixture
def quiet_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providerkit.cli.Stopping.listen", lambda _: None)


@pytest.mark.usefixtures("quiet_signals")
def test_the_command_answers_what_waits(
    queues: Any, submitted: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "საბუთი.pdf"
    file.write_bytes(b"%PDF-1.7 \x00")
    queues.deliver(submitted())
    arguments = ["simulate", "--provider", "napr", "--requests-queue", "requests", "--replies-queue", "replies"]
    arguments += ["--delay", "0", "--after-received", "0", "--once", "--name", "საჯარო რეესტრი"]
    arguments += ["--attachment", str(file), "--state", str(tmp_path / "s"), "--journal", str(tmp_path / "j")]
    code = main(arguments)
    assert code == 0
    answer = json.loads(queues.sent()[-1])["data"]
    assert decoded(answer["body"]).decode().endswith("პატივისცემით,\nსაჯარო რეესტრი\n")
    assert [(f["name"], f["media_type"], decoded(f)) for f in answer["attachments"]] == [
        ("საბუთი.pdf", "application/pdf", b"%PDF-1.7 \x00")
    ]
    assert " answered " in capsys.readouterr().out


@pytest.mark.usefixtures("quiet_signals", "queues")
def test_too_large_attachments_are_refused_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(INLINE_LIMIT + 1))
    arguments = ["simulate", "--provider", "napr", "--requests-queue", "a", "--replies-queue", "b"]
    assert main([*arguments, "--attachment", str(file)]) == 2
    assert "too large" in capsys.readouterr().err


@pytest.mark.usefixtures("quiet_signals")
def test_missing_credentials_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("boto3.session.Session.get_credentials", lambda _: None)
    assert main(["simulate", "--provider", "napr", "--requests-queue", "a", "--replies-queue", "b"]) == 2
    assert "AWS_ACCESS_KEY_ID" in capsys.readouterr().err


@pytest.mark.usefixtures("quiet_signals", "queues")
def test_once_ends_with_an_error_if_the_queue_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", "--provider", "napr", "--requests-queue", "gone", "--replies-queue", "b", "--once"]
    assert main(arguments) == 1
    assert "unavailable" in capsys.readouterr().out


def test_the_kit_knows_nothing_of_the_portal() -> None:
    allowed = {"providerkit", "boto3", "botocore", "mypy_boto3_sqs"} | set(sys.stdlib_module_names)
    for path in Path(providerkit.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name
