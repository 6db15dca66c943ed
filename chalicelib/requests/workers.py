from datetime import timedelta
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, DynamoDBEvent

from chalicelib.core import batch, clock, observability, outbox

# Lambda enters through app.py, which wires what the functions need.
workers = Blueprint("app")
_SWEPT = 25
_SWEEPING = timedelta(seconds=40)


@workers.on_dynamodb_record(stream_arn="placeholder", batch_size=10, name="dispatch_outbox")
def dispatch_outbox(event: DynamoDBEvent) -> dict[str, Any]:
    """Send what was just written to the outbox."""
    return batch.each("dispatch", event.to_dict()["Records"], _sequence_number, _relay_record)


@workers.schedule("rate(1 minute)", name="sweep_outbox")
def sweep_outbox(event: CloudWatchEvent) -> None:  # noqa: ARG001 - the schedule says nothing
    """Send what the stream missed. One that fails keeps its own next time and holds up no other."""
    deadline = clock.now() + _SWEEPING
    # The index shows for a while what has left, and for long what left but could not be marked: each goes once.
    tried: set[str] = set()
    while clock.now() < deadline and (due := [item for item in outbox.due_now(_SWEPT) if item not in tried]):
        tried.update(due)
        batch.each("sweep", due, str, _relay)
    observability.count("OutboxFound", len(tried))


def _sequence_number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _relay_record(record: dict[str, Any]) -> None:
    if record["eventName"] == "INSERT":
        _relay(record["dynamodb"]["Keys"]["outbox_id"]["S"])


def _relay(outbox_id: str) -> None:
    if outbox.relay(outbox_id):
        observability.log("outbox.sent", outbox=outbox_id)
