"""What carries letters: the queue in which they wait, and the e-mail service (SES)."""

import json

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.notifications.letters import Letter


def queue_letter(citizen_id: str, notice_id: str) -> None:
    """Put the letter of a notice into the mail queue: ids only."""
    body = json.dumps({"citizen_id": citizen_id, "notice_id": notice_id})
    aws.sqs().send_message(QueueUrl=settings().mail_queue_url, MessageBody=body)


def send_email(address: str, written: Letter) -> None:
    """Hand an e-mail to SES. Where this raises, SES may have accepted it all the same."""
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
