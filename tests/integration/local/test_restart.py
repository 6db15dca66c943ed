"""R1.2: a restarted portal has everything, and its relay hears."""

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.names import requests_queue
from local import journey
from local.client import eventually
from local.cloud import free_port
from local.stack import Stack
from local.testing import new_state_dir

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(600)]

REQUESTS_BEFORE = 50
RELAY_SECONDS = 5.0
SAVED_AFTER_SECONDS = 2.5


@pytest.fixture(scope="module")
def portal() -> Iterator[Stack]:
    """A portal of this file's own: it is killed."""
    portal = Stack("test", new_state_dir(), free_port(), free_port())
    portal.start()
    portal.deploy()
    portal.publish()
    portal.gateway.start()
    yield portal
    portal.gateway.stop()
    portal.stop()
    shutil.rmtree(portal.state_dir)


@pytest.fixture(scope="module")
def citizen(portal: Stack) -> journey.Citizen:
    return journey.admitted(journey.signed_in_operator(portal))


def relayed(portal: Stack, request_id: str) -> float:
    """Seconds until this request is in the provider's queue."""
    sqs = portal.provider_sqs("napr")
    queue = sqs.get_queue_url(QueueName=requests_queue(portal.stage, "napr"))["QueueUrl"]
    begun = time.monotonic()

    def arrived() -> bool:
        found: list[Any] = []
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        )
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"])["subject"])
        return request_id in found

    eventually(arrived, seconds=60, every=0, what="the relay")
    return time.monotonic() - begun


def test_killed_after_fifty_requests_it_has_them_all_and_relays_the_next_at_once(
    portal: Stack, citizen: journey.Citizen
) -> None:
    before = _ids(citizen)
    sent = [journey.sent(citizen.api)["request_id"] for _ in range(REQUESTS_BEFORE)]
    relayed(portal, sent[-1])
    time.sleep(SAVED_AFTER_SECONDS)
    portal.kill()
    portal.start()
    assert _ids(citizen) == before | set(sent)
    portal.warm()
    assert relayed(portal, journey.sent(citizen.api)["request_id"]) < RELAY_SECONDS


def test_stopped_and_started_again_it_keeps_accounts_sessions_drafts_and_requests(
    portal: Stack, citizen: journey.Citizen
) -> None:
    draft = citizen.api.post("/v1/drafts", {"service_id": journey.SERVICE}, key=True)
    draft_id = journey.expect(draft, 201)["draft_id"]
    before, profile = _ids(citizen), citizen.api.get("/v1/profile").json()
    portal.stop()
    portal.start()
    assert portal.deploy() is False, "the second start of the same sources deploys nothing"
    portal.publish()
    assert _ids(citizen) == before
    assert citizen.api.get(f"/v1/drafts/{draft_id}").json()["draft_id"] == draft_id
    assert citizen.api.get("/v1/profile").json() == profile
    assert relayed(portal, journey.sent(citizen.api)["request_id"]) < RELAY_SECONDS


def _ids(citizen: journey.Citizen) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        page = journey.expect(citizen.api.get(f"/v1/requests?limit=20{cursor}"), 200)
        found |= {item["request_id"] for item in page["items"]}
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"
