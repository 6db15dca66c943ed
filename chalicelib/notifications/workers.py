import json
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core import batch
from chalicelib.notifications import mail

# Lambda enters through app.py, which wires what the functions need.
workers = Blueprint("app")


@workers.on_sqs_message(queue_arn="placeholder", batch_size=10, name="send_mail")
def send_mail(event: SQSEvent) -> dict[str, Any]:
    """Send the letters that wait in the mail queue."""
    return batch.each("mail", event.to_dict()["Records"], lambda record: str(record["messageId"]), _send)


def _send(record: dict[str, Any]) -> None:
    message = json.loads(record["body"])
    mail.send(message["citizen_id"], message["notice_id"])
