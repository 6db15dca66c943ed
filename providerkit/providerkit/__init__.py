"""The provider's side of the Karibche portal: receive requests over SQS, acknowledge them and answer.

It needs boto3 and nothing of the portal's own code. `messages` builds and reads the messages, `client` moves
them over the queues and answers each request once, `simulator` is a provider for trials.
"""

from providerkit.client import Inbox, Outcome, QueueClient, QueueUnavailableError
from providerkit.ledger import Ledger
from providerkit.messages import Attachment, Refused, Submitted, UnreadableMessageError, answered, received

__all__ = [
    "Attachment",
    "Inbox",
    "Ledger",
    "Outcome",
    "QueueClient",
    "QueueUnavailableError",
    "Refused",
    "Submitted",
    "UnreadableMessageError",
    "answered",
    "received",
]
