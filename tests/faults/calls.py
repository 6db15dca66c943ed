"""The product's AWS calls under watch: recorded, and one of them made to fail in a chosen way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import botocore.endpoint
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Killed(BaseException):
    """The function's process ended here; nothing of it runs any more."""


class Fault(Enum):
    """What can happen at a call."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    THROTTLED = "throttled"
    ANSWER_LOST = "answers lost"
    ANSWER_LOST_ONCE = "answers lost and asked for again by the SDK"


Plan = Callable[[int, str], Fault | None]


class Calls:
    """Every call of the product in this process, from `watching`; calls of the test itself pass unseen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.met: Counter[Fault] = Counter()
        self._plan: Plan | None = None
        self._watched = False
        self._losing = False
        original_call, original_send = BaseClient._make_api_call, URLLib3Session.send  # type: ignore[attr-defined]

        def call(client: Any, operation: str, kwargs: dict[str, Any]) -> Any:
            return self._call(client, operation, kwargs, original_call)

        def send(session: Any, request: Any) -> Any:
            answer = original_send(session, request)
            if self._losing:
                self._losing = False
                raise ReadTimeoutError(endpoint_url=request.url)
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)
        monkeypatch.setattr(URLLib3Session, "send", send)
        # The SDK's repeats come at once.
        monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))

    @contextmanager
    def watching(self, plan: Plan | None = None) -> Iterator[list[str]]:
        """Record the calls, and at each let happen what `plan` says of its number (from 0) and name.

        A plan may wake another function meanwhile: that one is watched by itself.
        """
        outer = self.names, self._plan, self._watched
        names: list[str] = []
        self.names, self._plan, self._watched = names, plan, True
        try:
            yield names
        finally:
            self.names, self._plan, self._watched = outer
            self._losing = False
            if not self._watched:
                self.names = names

    def _call(self, client: Any, operation: str, kwargs: dict[str, Any], original: Any) -> Any:
        if not self._watched:
            return original(client, operation, kwargs)
        name = _name(client, operation, kwargs)
        self.names.append(name)
        fault = self._plan(len(self.names) - 1, name) if self._plan else None
        if fault is None:
            return original(client, operation, kwargs)
        self.met[fault] += 1
        if fault is Fault.KILLED_BEFORE:
            raise Killed(name)
        if fault is Fault.THROTTLED:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, operation)
        self._losing = fault is Fault.ANSWER_LOST_ONCE
        answer = original(client, operation, kwargs)
        if fault is Fault.KILLED_AFTER:
            raise Killed(name)
        if fault is Fault.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url=client.meta.endpoint_url)
        return answer


def _name(client: Any, operation: str, kwargs: dict[str, Any]) -> str:
    """What is called, and where: `dynamodb.GetItem karibche-test-outbox`."""
    writes = [next(iter(write.items())) for write in kwargs.get("TransactItems", ())]
    place = kwargs.get("TableName") or kwargs.get("QueueUrl") or kwargs.get("Bucket") or ""
    if writes:
        place = ",".join(f"{verb}:{write['TableName'].rsplit('-', 1)[-1]}" for verb, write in writes)
    return f"{client.meta.service_model.service_name}.{operation} {str(place).rsplit('/', 1)[-1]}".strip()
