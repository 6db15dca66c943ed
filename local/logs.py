"""`make logs`: what the functions write, in the order of time, as it comes."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from infra.functions import FUNCTIONS, log_group_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

EVERY_SECONDS = 1.0
NOISE = ("START RequestId", "END RequestId", "REPORT RequestId")
NAME_WIDTH = 16


def follow(stack: Stack, since_minutes: float, *, once: bool) -> None:
    """Print what the functions have written since, and, unless `once`, what they write from now on."""
    begin = int((time.time() - since_minutes * 60) * 1000)
    shown: set[str] = set()
    while True:
        for event in sorted(_events(stack, begin), key=lambda event: event["timestamp"]):
            if event["id"] not in shown:
                shown.add(event["id"])
                print(_line(event), flush=True)
        if once:
            return
        time.sleep(EVERY_SECONDS)


def _events(stack: Stack, begin: int) -> Iterator[dict[str, Any]]:
    client = stack.client("logs")
    for name in FUNCTIONS:
        pages = client.get_paginator("filter_log_events")
        try:
            for page in pages.paginate(logGroupName=log_group_name(stack.stage, name), startTime=begin):
                for number, event in enumerate(page["events"]):
                    if event["message"].startswith(NOISE):
                        continue
                    identity = event.get("eventId") or f"{event['logStreamName']}/{event['timestamp']}/{number}"
                    yield {**event, "function": name, "id": f"{name}/{identity}"}
        except client.exceptions.ResourceNotFoundException:
            continue


def _line(event: dict[str, Any]) -> str:
    moment = time.strftime("%H:%M:%S", time.localtime(event["timestamp"] / 1000))
    message = event["message"].rstrip()
    return f"{moment} {event['function'].ljust(NAME_WIDTH)} {_readable(message)}"


def _readable(message: str) -> str:
    """A structured log line as its level, its event and the rest; anything else as it is."""
    try:
        entry = json.loads(message)
    except ValueError:
        return message
    if not isinstance(entry, dict):
        return message
    if entry.pop("_aws", None):
        return " ".join(["metric", *(f"{name}={value}" for name, value in entry.items())])
    head = [str(entry.pop(name)) for name in ("level", "event", "message") if name in entry]
    return " ".join([*head, *(f"{name}={value}" for name, value in entry.items())])


def wants_to_follow() -> bool:
    """Whether somebody looks at a terminal."""
    return sys.stdout.isatty()
