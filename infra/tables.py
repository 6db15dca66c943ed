"""DynamoDB tables, read from the models that use them."""

import importlib
import pkgutil
from collections import defaultdict
from typing import Any

from troposphere import If, Tags, Template
from troposphere.dynamodb import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeySchema,
    PointInTimeRecoverySpecification,
    Projection,
    SSESpecification,
    StreamSpecification,
    Table,
    TimeToLiveSpecification,
)

import chalicelib
from chalicelib.core.names import resource_name
from chalicelib.core.tables import Table as Model
from infra.naming import logical
from infra.parameters import PROTECTED

TTL_ATTRIBUTE = "expires_at"
# The relay reads the outbox as it grows.
STREAMS = {"outbox": "NEW_IMAGE"}
# A deleted data key must not come back from a backup: its citizen's data is shredded by deleting it.
RECOVERY_DAYS = {"keys": 1}
_DEFAULT_RECOVERY_DAYS = 35


def models() -> dict[str, list[type[Model]]]:
    """Return the models of every area's repositories and of the core, by the thing whose table they share."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if module.name.endswith("repository") or module.name.startswith("chalicelib.core."):
            importlib.import_module(module.name)
    found: dict[str, list[type[Model]]] = defaultdict(list)
    for model in _descendants(Model):
        if getattr(model, "thing", None):
            found[model.thing].append(model)
    return dict(sorted(found.items()))


def add_tables(template: Template, stage: str) -> None:
    """Add the table of every thing."""
    for thing, sharing in models().items():
        template.add_resource(_table(stage, thing, sharing))


def table_id(thing: str) -> str:
    """Return the logical id of a thing's table."""
    return logical(thing, "Table")


def _descendants(model: type[Model]) -> list[type[Model]]:
    return [found for child in model.__subclasses__() for found in (child, *_descendants(child))]


def _table(stage: str, thing: str, sharing: list[type[Model]]) -> Any:
    """Return the table that the models in `sharing` describe together.

    Raises ValueError when they disagree on its key.
    """
    schema = _schema(thing, sharing)
    optional: dict[str, Any] = {}
    if schema["indexes"]:
        optional["GlobalSecondaryIndexes"] = [
            GlobalSecondaryIndex(
                IndexName=name,
                KeySchema=[KeySchema(**part) for part in index["key"]],
                Projection=Projection(**index["projection"]),
            )
            for name, index in sorted(schema["indexes"].items())
        ]
    if schema["expires"]:
        optional["TimeToLiveSpecification"] = TimeToLiveSpecification(AttributeName=TTL_ATTRIBUTE, Enabled=True)
    if thing in STREAMS:
        optional["StreamSpecification"] = StreamSpecification(StreamViewType=STREAMS[thing])
    return Table(
        table_id(thing),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
        TableName=resource_name(stage, thing),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            AttributeDefinition(AttributeName=name, AttributeType=kind)
            for name, kind in sorted(schema["attributes"].items())
        ],
        KeySchema=[KeySchema(**part) for part in schema["key"]],
        SSESpecification=SSESpecification(SSEEnabled=True, SSEType="KMS"),
        PointInTimeRecoverySpecification=PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=True,
            RecoveryPeriodInDays=RECOVERY_DAYS.get(thing, _DEFAULT_RECOVERY_DAYS),
        ),
        DeletionProtectionEnabled=If(PROTECTED, true=True, false=False),
        Tags=Tags(**{"karibche:stage": stage, "karibche:thing": thing}),
        **optional,
    )


def _schema(thing: str, sharing: list[type[Model]]) -> dict[str, Any]:
    """Return key, attributes, indexes and expiry of a thing's table."""
    schemas: list[Any] = [model._get_schema() for model in sharing]  # noqa: SLF001 - what PynamoDB itself would create
    keys = {repr(_key(schema["key_schema"])) for schema in schemas}
    if len(keys) != 1:
        raise ValueError(f"the models of {thing} disagree on its key: {sorted(keys)}")
    indexes = {
        index["index_name"]: {
            "key": _key(index["key_schema"]),
            "projection": index["projection"],
        }
        for schema in schemas
        for index in schema.get("global_secondary_indexes", [])
    }
    kinds = {
        definition["AttributeName"]: definition["AttributeType"]
        for schema in schemas
        for definition in schema["attribute_definitions"]
    }
    return {
        "key": _key(schemas[0]["key_schema"]),
        "indexes": indexes,
        "attributes": kinds,
        "expires": any(_expires(model) for model in sharing),
    }


def _expires(model: type[Model]) -> bool:
    """Whether items of this model end by themselves. Raises ValueError when DynamoDB could not read the time."""
    for attribute in model.get_attributes().values():
        if attribute.attr_name == TTL_ATTRIBUTE:
            if attribute.attr_type != "N":
                raise ValueError(f"{model.__name__}.{TTL_ATTRIBUTE} must be a number of seconds")
            return True
    return False


def _key(parts: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(parts, key=lambda part: part["KeyType"])  # HASH before RANGE
