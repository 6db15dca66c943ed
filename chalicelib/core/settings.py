"""What the deployment tells a function, read once and checked by name."""

import json
import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Settings:
    """The environment of a function; `provider_queues` maps a provider's id to its requests queue's URL.

    `origin_secret` is what the edge proves itself with; empty where there is no edge.
    """

    stage: str
    public_origin: str
    mail_sender: str
    data_key_arn: str
    lookup_key_arn: str
    vault_bucket: str
    provider_queues: dict[str, str]
    mail_queue_url: str
    refused_queue_url: str
    origin_secret: str


@cache
def settings() -> Settings:
    """Return the settings of this process. Raises KeyError with the name of a missing variable."""
    env = os.environ
    return Settings(
        stage=env["STAGE"],
        public_origin=env["PUBLIC_ORIGIN"],
        mail_sender=env["MAIL_SENDER"],
        data_key_arn=env["DATA_KEY_ARN"],
        lookup_key_arn=env["LOOKUP_KEY_ARN"],
        vault_bucket=env["VAULT_BUCKET"],
        provider_queues=json.loads(env["PROVIDER_QUEUES"]),
        mail_queue_url=env["MAIL_QUEUE_URL"],
        refused_queue_url=env["REFUSED_QUEUE_URL"],
        origin_secret=env["ORIGIN_SECRET"],
    )


def tracing() -> bool:
    """Tell whether the deployment asks for traces; known even where the rest is not, when packaging."""
    return os.environ.get("TRACING") == "on"
