"""Applications from the first answer to the institution's reply."""

from chalicelib.requests.correspondence import Given, Outcome, record_answer, record_receipt
from chalicelib.requests.model import Attachment, Head
from chalicelib.requests.repository import find_application, find_head, message_id_of

__all__ = [
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
