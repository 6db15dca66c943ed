"""The providers of the catalogue, as far as the deployment must know them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troposphere import If, Ref, Sub

from chalicelib.core.names import resource_name
from infra.naming import logical

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID = 24


@dataclass(frozen=True)
class Provider:
    """An institution with queues of its own and a principal that alone may use them."""

    id: str

    @property
    def requests(self) -> str:
        """Return the thing-name of the queue that the provider reads."""
        return f"provider-{self.id}-requests"

    @property
    def replies(self) -> str:
        """Return the thing-name of the queue that the provider writes to."""
        return f"provider-{self.id}-replies"

    @property
    def principal_parameter(self) -> str:
        """Return the name of the parameter with the principal's ARN."""
        return logical(f"provider-{self.id}", "Principal")

    @property
    def principal_condition(self) -> str:
        """Return the name of the condition that the parameter is given."""
        return f"Has{self.principal_parameter}"

    def default_user(self, stage: str) -> str:
        """Return the IAM user that stands for the provider where no principal is given."""
        return resource_name(stage, f"provider-{self.id}")

    def principal(self, stage: str) -> Any:
        """Return the principal's ARN as the template says it."""
        user = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:user/{self.default_user(stage)}")
        return If(self.principal_condition, Ref(self.principal_parameter), user)


def read_providers(catalogue: Path) -> tuple[Provider, ...]:
    """Return the providers found in `catalogue/*/provider.json`, by id.

    Raises ValueError for an id that cannot be part of a queue's name or that two folders share.
    """
    found: dict[str, Provider] = {}
    for path in sorted(catalogue.glob("*/provider.json")):
        provider_id = json.loads(path.read_text(encoding="utf-8"))["id"]
        if not _ID.fullmatch(provider_id) or len(provider_id) > _LONGEST_ID:
            raise ValueError(f"{path}: {provider_id!r} is not a provider's id ({_ID.pattern})")
        if provider_id in found:
            raise ValueError(f"{path}: another folder describes {provider_id!r} already")
        found[provider_id] = Provider(provider_id)
    return tuple(found[key] for key in sorted(found))
