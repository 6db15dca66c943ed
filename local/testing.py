"""Fixtures for tests against the embedded cloud: `from local.testing import …` in a `conftest.py`."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

# Tables are named when their models are imported.
os.environ["STAGE"] = "test"

from local import journey, processes
from local.client import ApiClient, eventually
from local.cloud import ROOT, free_port
from local.pki import Holder, Pki, Responder
from local.softcard import SoftCard
from local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_sqs import SQSClient

    from local.journey import Citizen

TEST_STATE = ROOT / ".local/test"
MAIL_SECONDS = 30.0


def new_state_dir() -> Path:
    """A folder for this process's embedded cloud; those of test runs that have ended are cleared away."""
    TEST_STATE.mkdir(parents=True, exist_ok=True)
    for old in TEST_STATE.iterdir():
        if old.is_dir() and processes.Note(old, "tests").pid() is None:
            processes.end_all(old / "pids")
            shutil.rmtree(old, ignore_errors=True)
    folder = TEST_STATE / f"{os.getpid()}-{free_port()}"
    processes.Note(folder, "tests").write(os.getpid())
    return folder


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed portal: embedded cloud, template, catalogue, site; ports and state of its own."""
    portal = Stack("test", new_state_dir(), free_port(), free_port())
    portal.start()
    try:
        portal.deploy()
        portal.publish()
        portal.warm()
        portal.gateway.start()
        yield portal
    finally:
        portal.gateway.stop()
        portal.stop()
        shutil.rmtree(portal.state_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def operator(stack: Stack) -> ApiClient:
    """An operator's browser, signed in. One for all tests: a TOTP code is good once in 30 seconds."""
    return journey.signed_in_operator(stack)


@pytest.fixture
def new_citizen(operator: ApiClient) -> Callable[..., Citizen]:
    """Registers a new person each time: signed in, own password, terms accepted."""
    return lambda language="ka": journey.admitted(operator, language=language)


@pytest.fixture
def api(stack: Stack) -> ApiClient:
    """Somebody's browser at the portal, signed out."""
    return ApiClient(stack.site_port)


@pytest.fixture
def new_api(stack: Stack) -> Callable[..., ApiClient]:
    """As many browsers as wanted, each with cookies of its own."""
    return lambda language="ka": ApiClient(stack.site_port, language)


@pytest.fixture(scope="session")
def pki(stack: Stack) -> Pki:
    """The test authorities whose cards count in this portal."""
    return Pki.create(stack.state_dir / "pki")


@pytest.fixture(scope="session")
def _responder(stack: Stack, pki: Pki) -> Iterator[Responder]:
    with Responder(pki) as responder:
        stack.trust(pki.trust(responder.url))
        yield responder


@pytest.fixture
def responder(_responder: Responder) -> Iterator[Responder]:
    """Whoever says which cards are revoked; a test may change its mode."""
    yield _responder
    _responder.mode = "good"


@pytest.fixture
def new_card(pki: Pki, responder: Responder) -> Callable[..., SoftCard]:  # noqa: ARG001  # it answers for them
    """`new_card()`: the card of somebody whom the portal does not know; `new_card(number)` of this person."""

    def make(personal_number: str | None = None, **more: Any) -> SoftCard:
        number = personal_number or journey.new_person()["personal_number"]
        return SoftCard.issued(pki.authentication, Holder("ნინო", "მაისურაძე", number), **more)

    return make


@pytest.fixture
def provider_sqs(stack: Stack) -> Callable[[str], SQSClient]:
    """SQS as a provider sees it, with that provider's own access key."""
    return stack.provider_sqs


@pytest.fixture
def mails(stack: Stack) -> Callable[..., list[dict[str, Any]]]:
    """`mails(to, at_least=1)`: the e-mails to an address, newest first, once there are so many."""

    def find(to: str, at_least: int = 1) -> list[dict[str, Any]]:
        def look() -> list[dict[str, Any]] | None:
            found = [mail for mail in stack.mails() if to in mail["to"]]
            return found if len(found) >= at_least else None

        found: list[dict[str, Any]] = eventually(look, seconds=MAIL_SECONDS, what=f"{at_least} e-mails to {to}")
        return found

    return find


@pytest.fixture
def in_process(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Lets the functions' own code run in this process against the embedded cloud, as the account's root.

    Sets the environment that the template gives to the functions, and forgets every client made before and
    after: `import app; app.app(event, context)` then does what the deployed function would.
    """
    environment = stack.function_environment("api") | {
        "AWS_ENDPOINT_URL": stack.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_REGION": stack.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_XRAY_SDK_ENABLED": "false",
        "NO_PROXY": "*",
    }
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCOUNT_ID_ENDPOINT_MODE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    yield environment
    forget_clients()


def forget_clients() -> None:
    """Drop what the product keeps between calls of one process: clients, connections, settings."""
    import boto3

    from chalicelib.auth import trust
    from chalicelib.core import aws, settings, tables

    trust.forget_issuers()
    boto3.DEFAULT_SESSION = None
    for cached in (settings.settings, aws._client, tables.shared_connection):  # noqa: SLF001  # its cache
        cached.cache_clear()
    for model in _models(tables.Table):
        model._connection = None  # noqa: SLF001  # where PynamoDB keeps it


def _models(base: Any) -> Iterator[Any]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)
