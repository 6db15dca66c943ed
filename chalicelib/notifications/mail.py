"""Letters by e-mail: from the outbox to a queue, from the queue to the e-mail service."""

from chalicelib import profiles
from chalicelib.core import observability
from chalicelib.core.crypto import Unreadable
from chalicelib.core.outbox import Due
from chalicelib.core.settings import settings
from chalicelib.notifications import carriers
from chalicelib.notifications.letters import letter
from chalicelib.notifications.repository import find_letter, mark_mailed


def enqueue(due: Due) -> None:
    """Hand a letter to the queue from which letters are sent."""
    carriers.queue_letter(due.subject, due.about)


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
    written = letter(found.notice, person.language, settings().public_origin)
    carriers.send_email(found.address or person.email, written)
    mark_mailed(citizen_id, notice_id)
    observability.log("mail.sent", notice=notice_id)
