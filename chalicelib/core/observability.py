"""Logs, metrics and traces. Only ids, codes and numbers pass through here, never what a person typed.

X-Ray's SDK is in maintenance mode and costs 160-450 ms at import, so it is imported only where tracing is
on, and nothing outside this module knows it (`docs/decisions/0004`).
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import clock
from chalicelib.core.settings import settings, tracing

_logger = logging.getLogger("portal")


def start() -> None:
    """Set up logging, and tracing where the deployment asks for it. Called once a process."""
    if not _logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        _logger.addHandler(handler)
        _logger.setLevel(logging.INFO)
        _logger.propagate = False
    if tracing():
        from aws_xray_sdk.core import patch

        patch(("botocore",))


def log(event: str, *, level: int = logging.INFO, **ids: str | float | None) -> None:
    """Write one structured line: what happened, and ids."""
    _logger.log(level, json.dumps({"at": clock.iso(clock.now()), "event": event, **ids}))


def log_fault(event: str, error: BaseException, **ids: str | int | None) -> None:
    """Write a fault of ours: its type and where it arose. Its message stays out, it may quote a value."""
    frames = []
    trace = error.__traceback__
    while trace:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    answer = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    log(
        event,
        level=logging.ERROR,
        error=type(error).__name__,
        code=code,
        where=" < ".join(reversed(frames)),
        **ids,
    )


def count(metric: str, value: int) -> None:
    """Publish a number as a metric of namespace `Karibche`, in CloudWatch's embedded metric format."""
    document: dict[str, Any] = {
        "_aws": {
            "Timestamp": int(clock.now().timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Karibche",
                    "Dimensions": [["stage"]],
                    "Metrics": [{"Name": metric, "Unit": "Count"}],
                }
            ],
        },
        "stage": settings().stage,
        metric: value,
    }
    _logger.info(json.dumps(document))


@contextmanager
def traced(name: str, **annotations: str) -> Iterator[None]:
    """Record a step of a request as a subsegment, where tracing is on. Annotations are ids only."""
    if not tracing():
        yield
        return
    from aws_xray_sdk.core import xray_recorder

    with xray_recorder.in_subsegment(name) as subsegment:
        if subsegment:
            for key, value in annotations.items():
                subsegment.put_annotation(key, value)
        yield
