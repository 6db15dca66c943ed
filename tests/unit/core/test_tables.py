import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from pynamodb.exceptions import GetError, PynamoDBException, TransactWriteError, UpdateError

from chalicelib.core.errors import Unavailable
from chalicelib.core.tables import Refused, translated


@pytest.mark.parametrize("silence", [ReadTimeoutError, ConnectTimeoutError])
@pytest.mark.parametrize("kind", [GetError, UpdateError, TransactWriteError])
def test_a_table_that_does_not_answer_is_unavailable(
    silence: type[BotoCoreError], kind: type[PynamoDBException]
) -> None:
    """R4.2: the caller is told to try again; it is no fault of ours."""
    cause = silence(endpoint_url="https://dynamodb.example")
    assert isinstance(translated(kind("failed", cause)), Unavailable)


@pytest.mark.parametrize(
    ("code", "word"), [("ThrottlingException", Unavailable), ("ConditionalCheckFailedException", Refused)]
)
def test_codes_that_have_a_word_of_ours_get_it(code: str, word: type[Exception]) -> None:
    cause = ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")
    assert isinstance(translated(UpdateError("failed", cause)), word)


def test_a_fault_of_ours_comes_back_as_it_is() -> None:
    cause = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetItem")
    failed = GetError("failed", cause)
    assert translated(failed) is failed
