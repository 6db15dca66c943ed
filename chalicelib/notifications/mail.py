"""Letters by e-mail: from the outbox to a queue, from the queue to the e-mail service."""

import json

from chalicelib import profiles
from chalicelib.core import aws, observability
from chalicelib.core.crypto import Unreadable
from chalicelib.core.outbox import Due
from chalicelib.core.settings import settings
from chalicelib.notifications.letters import Letter, letter
from chalicelib.notifications.repository import find_letter, mark_mailed


def enqueue(due: Due) -> None:
    """Hand a letter to the queue from which letters are sent."""
    body = json.dumps({"citizen_id": due.subject, "notice_id": due.about})
    aws.sqs().send_message(QueueUrl=settings().mail_queue_url, MessageBody=body)


def send(citizen_id: str, notice_id: str) -> None:
    """Send the letter of a notice, once. One whose citizen or time is gone is dropped."""
    found = None
    try:
        found = find_letter(citizen_id, notice_id)
        if found is None or found.mailed:
            return
        person = profiles.find_person(citizen_id)
    except Unreadable:
        person = None
    if found is None or person is None:
        observability.log("mail.nobody", notice=notice_id)
        return
    _post(found.address or person.email, letter(found.notice, person.language, settings().public_origin))
    mark_mailed(citizen_id, notice_id)
    observability.log("mail.sent", notice=notice_id)


def _post(address: str, written: Letter) -> None:
    aws.ses().send_email(
        FromEmailAddress=settings().mail_sender,
        Destination={"ToAddresses": [address]},
        Content={
            "Simple": {
                "Subject": {"Data": written.subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": written.text, "Charset": "UTF-8"}},
            }
        },
    )
