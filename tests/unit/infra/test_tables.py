"""Every table's settings, asserted on the template: neither emulator would show that they protect data."""

from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import Table
from infra.tables import _table, models

# thing: key, indexes (key, projection), whether items expire
EXPECTED: dict[str, tuple[list[str], dict[str, tuple[list[str], str]], bool]] = {
    "catalogue": (["service_id", "version"], {}, False),
    "citizens": (["pk", "sk"], {}, True),
    "documents": (["citizen_id", "document_id"], {}, True),
    "drafts": (["citizen_id", "draft_id"], {}, True),
    "idempotency": (["owner", "key"], {}, True),
    "keys": (["citizen_id"], {}, False),
    "notices": (["citizen_id", "notice_id"], {}, True),
    "operators": (["pk"], {}, False),
    "outbox": (["outbox_id"], {"due": (["due_shard", "next_at"], "ALL")}, True),
    "requests": (["pk", "sk"], {"by-citizen": (["citizen_id", "submitted_at"], "ALL")}, True),
    "sessions": (["token_hash"], {"by-subject": (["subject", "created_at"], "KEYS_ONLY")}, True),
    "throttles": (["scope"], {}, True),
    "trust": (["purpose"], {}, False),
}


def tables(template: Any) -> dict[str, dict[str, Any]]:
    found = {}
    for resource in template.of_type("DynamoDB::Table").values():
        properties = resource["Properties"]
        found[properties["TableName"].removeprefix("karibche-test-")] = properties
    return found


def key_of(described: dict[str, Any]) -> list[str]:
    assert [part["KeyType"] for part in described["KeySchema"]] == ["HASH", "RANGE"][: len(described["KeySchema"])]
    return [part["AttributeName"] for part in described["KeySchema"]]


def test_there_is_a_table_for_everything_that_is_kept(template: Any) -> None:
    assert set(tables(template)) == set(EXPECTED) == set(models())


@pytest.mark.parametrize("thing", EXPECTED)
def test_key_indexes_and_expiry(thing: str, template: Any) -> None:
    table = tables(template)[thing]
    key, indexes, expires = EXPECTED[thing]

    found = {
        index["IndexName"]: (key_of(index), index["Projection"]["ProjectionType"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }
    assert key_of(table) == key
    assert found == indexes
    assert table.get("TimeToLiveSpecification") == (
        {"AttributeName": "expires_at", "Enabled": True} if expires else None
    )
    used = {*key, *(name for names, _ in indexes.values() for name in names)}
    assert {part["AttributeName"] for part in table["AttributeDefinitions"]} == used


@pytest.mark.parametrize("thing", EXPECTED)
def test_encrypted_recoverable_protected_and_on_demand(thing: str, template: Any) -> None:
    table = tables(template)[thing]

    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 1 if thing == "keys" else 35,
    }
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_outbox_alone_has_a_stream(template: Any) -> None:
    streams = {thing: table.get("StreamSpecification") for thing, table in tables(template).items()}

    assert {thing: stream for thing, stream in streams.items() if stream} == {
        "outbox": {"StreamViewType": "NEW_IMAGE"}
    }


class Loan(Table):
    class Meta:
        table_name = "loans"

    pk = UnicodeAttribute(hash_key=True)


class Reader(Table):
    class Meta:
        table_name = "loans"

    pk = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


class Shelf(Table):
    class Meta:
        table_name = "loans"

    shelf = UnicodeAttribute(hash_key=True)


class Late(Table):
    class Meta:
        table_name = "loans"

    pk = UnicodeAttribute(hash_key=True)
    expires_at = UnicodeAttribute()


def test_models_of_one_table_are_read_together() -> None:
    properties = _table("test", "loans", [Loan, Reader]).to_dict()["Properties"]

    assert properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


@pytest.mark.parametrize(("sharing", "fault"), [([Loan, Shelf], "disagree"), ([Late], "number of seconds")])
def test_models_that_cannot_be_a_table_are_refused(sharing: list[type[Table]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        _table("test", "loans", sharing)
