"""Applications from the first answer to the institution's reply."""

from chalicelib.requests.application import MEDIA_TYPE
from chalicelib.requests.correspondence import Given, Outcome, record_answer, record_receipt
from chalicelib.requests.model import Attachment, Head
from chalicelib.requests.repository import find_application, find_head, message_id_of

__all__ = [
    "MEDIA_TYPE",
    "Attachment",
    "Given",
    "Head",
    "Outcome",
    "find_application",
    "find_head",
    "message_id_of",
    "record_answer",
    "record_receipt",
]
