"""Names of everything that is deployed, made in one place so that code and infrastructure agree."""

_APP = "karibche"
# Where documents lie in the vault.
DOCUMENTS = "documents"


def resource_name(stage: str, thing: str) -> str:
    """Return the deployed name of `thing` in `stage`, e.g. `karibche-prod-outbox`."""
    return f"{_APP}-{stage}-{thing}"


def requests_queue(stage: str, provider: str) -> str:
    """Return the name of the queue from which `provider` reads requests."""
    return resource_name(stage, f"provider-{provider}-requests")


def replies_queue(stage: str, provider: str) -> str:
    """Return the name of the queue into which `provider` writes its replies."""
    return resource_name(stage, f"provider-{provider}-replies")


def provider_of_replies_queue(stage: str, queue_arn: str) -> str | None:
    """Return the provider that owns the replies queue `queue_arn`, None for any other queue."""
    prefix, suffix = replies_queue(stage, "|").split("|")
    name = queue_arn.rsplit(":", 1)[-1]
    if not (name.startswith(prefix) and name.endswith(suffix)):
        return None
    return name.removeprefix(prefix).removesuffix(suffix)
