"""Letters by e-mail: from the outbox to a queue, from the queue to the e-mail service."""

from datetime import timedelta

from chalicelib import profiles
from chalicelib.core import observability
from chalicelib.core.crypto import Unreadable
from chalicelib.core.outbox import Due
from chalicelib.core.settings import settings
from chalicelib.notifications import carriers
from chalicelib.notifications.letters import letter
from chalicelib.notifications.repository import claim_letter, find_letter, mark_mailed

# Longer than a worker lives; over when the queue shows again what one took and could not finish.
LEASE = timedelta(minutes=2)


class BeingMailed(Exception):
    """Another worker has the letter."""


def enqueue(due: Due) -> None:
    """Hand a letter to the queue from which letters are sent."""
    carriers.queue_letter(due.subject, due.about)


def send(citizen_id: str, notice_id: str) -> None:
    """Send the letter of a notice; one that was sent, or whose citizen or time is gone, is dropped.

    Of two workers that get it at once one claims it; the other raises BeingMailed, and gets it again later.
    It can still leave twice, for SES knows no doubles: at once where SES's answer was lost and the SDK asks
    again, and when the claim is over where SES accepted it but the worker died before it could mark it.
    """
    claimed = claim_letter(citizen_id, notice_id, LEASE)
    found = None
    try:
        found = find_letter(citizen_id, notice_id)
        if found is None or found.mailed:
            return
        if not claimed:
            raise BeingMailed
        person = profiles.find_person(citizen_id)
    except Unreadable:
        person = None
    if found is None or person is None:
        observability.log("mail.nobody", notice=notice_id)
        return
    written = letter(found.notice, person.language, settings().public_origin)
    carriers.send_email(found.address or person.email, written)
    mark_mailed(citizen_id, notice_id)
    observability.log("mail.sent", notice=notice_id)
