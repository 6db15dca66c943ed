"""Logs: one line of JSON each, ids only (R7.3). Traces: only where they are asked for."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import batch, observability


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    found: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    logger, handler = logging.getLogger("portal"), Lines()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield found
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_line_says_when_and_what_and_about_which(lines: list[str]) -> None:
    observability.log("request.sent", subject="req_1", size=3, none=None)
    (line,) = lines
    said = json.loads(line)
    assert said.pop("at").endswith("Z")
    assert said == {"event": "request.sent", "subject": "req_1", "size": 3, "none": None}
    assert "\n" not in line


def _fail(value: str) -> None:
    raise ValueError(f"{value} is wrong")


def test_a_fault_is_told_by_its_type_and_place_never_by_its_message(lines: list[str]) -> None:
    """R7.3: an error quotes what it was given."""
    try:
        _fail("ნინო 01234567890")
    except ValueError as error:
        observability.log_fault("api.fault", error, request="id")
    (line,) = lines
    said = json.loads(line)
    assert said["error"] == "ValueError"
    assert said["where"].startswith("test_observability.py:")
    assert said["where"].count(" < ") == 1
    assert said["code"] is None
    assert said["request"] == "id"
    assert "wrong" not in line
    assert "01234567890" not in line


def test_a_fault_of_aws_is_told_with_its_code(lines: list[str]) -> None:
    from botocore.exceptions import ClientError

    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "nino@example.ge may not"}}
    observability.log_fault("mail.failed", ClientError(answer, "SendEmail"))
    assert json.loads(lines[0])["code"] == "AccessDenied"
    assert "nino" not in lines[0]


def test_a_number_is_published_in_the_embedded_metric_format(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observability, "settings", lambda: type("Settings", (), {"stage": "test"}))
    observability.count("OutboxFound", 3)
    said = json.loads(lines[0])
    assert (said["OutboxFound"], said["stage"]) == (3, "test")
    (group,) = said["_aws"]["CloudWatchMetrics"]
    assert group["Namespace"] == "Karibche"
    assert group["Metrics"] == [{"Name": "OutboxFound", "Unit": "Count"}]
    assert set(group["Dimensions"][0]) <= set(said)


def test_where_tracing_is_off_nothing_of_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.1: decision 0004."""
    monkeypatch.setenv("TRACING", "off")
    monkeypatch.setitem(sys.modules, "aws_xray_sdk.core", None)
    observability.start()
    with observability.traced("step", request="req_1"):
        pass


def test_where_tracing_is_on_a_step_is_recorded() -> None:
    """R8.1: in a process of its own, because the SDK patches botocore for good."""
    program = """
import os
os.environ.update(TRACING="on", AWS_XRAY_CONTEXT_MISSING="IGNORE_ERROR", STAGE="test")
from aws_xray_sdk.core import xray_recorder
from chalicelib.core import observability
observability.start()
xray_recorder.configure(sampling=False, emitter=type("E", (), {"send_entity": staticmethod(lambda e: None)})())
segment = xray_recorder.begin_segment("test")
with observability.traced("step", request="req_1"):
    pass
print([(s.name, s.annotations) for s in segment.subsegments])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[('step', {'request': 'req_1'})]" in done.stdout


def test_one_bad_record_does_not_hold_up_the_others(lines: list[str]) -> None:
    """R5.1: it alone comes again."""
    done: list[str] = []

    def work(record: str) -> None:
        if record == "bad":
            raise RuntimeError(record)
        done.append(record)

    answer = batch.each("mail", ["one", "bad", "two"], lambda record: f"id-{record}", work)
    assert done == ["one", "two"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "id-bad"}]}
    assert json.loads(lines[0])["event"] == "mail.failed"
    assert json.loads(lines[0])["record"] == "id-bad"


def test_a_batch_without_failures_says_so() -> None:
    assert batch.each("mail", [], str, str) == {"batchItemFailures": []}
