import pytest

from chalicelib.core import names

ARN = "arn:aws:sqs:eu-central-1:000000000000:"


def test_a_name_says_stage_and_thing() -> None:
    assert names.resource_name("prod", "outbox") == "karibche-prod-outbox"


@pytest.mark.parametrize("provider", ["napr", "house-of-justice", "a"])
def test_whose_a_replies_queue_is_stands_in_its_name(provider: str) -> None:
    """R5.4: the sender is whoever owns the queue, never a field of the message."""
    assert names.provider_of_replies_queue("prod", ARN + names.replies_queue("prod", provider)) == provider


@pytest.mark.parametrize(
    "queue",
    [
        names.requests_queue("prod", "napr"),
        names.replies_queue("dev", "napr"),
        names.resource_name("prod", "mail"),
        names.replies_queue("prod", "napr") + "-dead",
        "x" + names.replies_queue("prod", "napr"),
        "",
    ],
)
def test_another_queue_is_nobodys(queue: str) -> None:
    """R5.4"""
    assert names.provider_of_replies_queue("prod", ARN + queue) is None
