"""The portal on one machine: the deployed template in an embedded cloud, and what only this machine needs.

`make run` and the tests use the same class, each with ports and a folder of its own.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import subprocess
import sys
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from infra import deploy as infra_deploy
from infra.functions import FUNCTIONS, function_name
from infra.package import Package, package
from infra.providers import read_providers
from infra.template import API_STAGE
from local import gaps
from local.cloud import ACCOUNT, REGION, ROOT, ROOT_CREDENTIALS, Cloud, Credentials
from local.gateway import Gateway, Upstream
from local.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_sqs import SQSClient

SENDER = "no-reply@karibche.example"
_NO_RECORDS: Mapping[str, Any] = {"Records": []}
_TICK = {
    "version": "0",
    "id": "00000000-0000-0000-0000-000000000000",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": ACCOUNT,
    "time": "1970-01-01T00:00:00Z",
    "region": REGION,
    "resources": [],
    "detail": {},
}
_WARMING_EVENTS = {name: _TICK if name == "sweep_outbox" else _NO_RECORDS for name in FUNCTIONS if name != "api"}


class ToolFailedError(Exception):
    """A program of `infra` refused; the message has its words."""


class FunctionFailedError(Exception):
    """A deployed function ended with an error; the message has it."""


class Stack(Cloud):
    """One portal: embedded cloud on `cloud_port`, site on `site_port`, all it keeps in `state_dir`."""

    def __init__(self, stage: str, state_dir: Path, site_port: int, cloud_port: int) -> None:
        super().__init__(state_dir, cloud_port)
        self.stage = stage
        self.site_port = site_port
        self._api_id: str | None = None

    @property
    def origin(self) -> str:
        """The site's address, as the browser and the deployment name it."""
        return f"http://localhost:{self.site_port}"

    @property
    def providers(self) -> tuple[str, ...]:
        """The ids of the providers in the catalogue."""
        return tuple(provider.id for provider in read_providers(ROOT / "catalogue"))

    @cached_property
    def gateway(self) -> Gateway:
        """The site's server; to be started and stopped by whoever wants a site."""
        site = Site(ROOT / "web/dist", self.state_dir / "catalogue", ROOT / "web/routes.json")
        return Gateway(self.site_port, site, self._upstream)

    # -- the deployed template

    def package(self) -> Package:
        """The package of this stage, built anew if a source of it has changed."""
        folder = ROOT / ".local/build" / self.stage
        with _only_one(folder.with_suffix(".lock")):
            return package(self.stage, folder)

    def deploy(self) -> bool:
        """Bring the cloud to what the sources say, data kept; whether that changed anything.

        Raises infra.deploy.DeploymentFailed.
        """
        built = self.package()
        for provider in self.providers:
            self.provider_credentials(provider)
        parameters = {"PublicOrigin": self.origin, "MailSender": SENDER, "OriginSecret": self._origin_secret}
        done = infra_deploy.deploy(self.client, built, parameters)
        self._api_id = None
        gaps.close(self, gaps.Deployed(built.read_template()["Resources"], self.physical_ids()))
        gaps.verify_sender(self, SENDER)
        return done.changed

    def outputs(self) -> dict[str, str]:
        """What the deployed stack puts out: ids, addresses, ARNs."""
        return infra_deploy.outputs(self.client, self.stage)

    def physical_ids(self) -> dict[str, str]:
        """The id of each deployed resource, by its name in the template."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=infra_deploy.stack_name(self.stage))
            for resource in page["StackResourceSummaries"]
            if "PhysicalResourceId" in resource
        }

    def _upstream(self) -> Upstream:
        if self._api_id is None:
            self._api_id = self.outputs()["RestAPIId"]
        prefix = f"/restapis/{self._api_id}/{API_STAGE}/_user_request_"
        return Upstream(self.cloud_port, prefix, self._origin_secret)

    @cached_property
    def _origin_secret(self) -> str:
        """What this portal's gateway and functions know of each other, and nobody else."""
        kept = self.state_dir / "origin-secret"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return kept.read_text(encoding="ascii")

    # -- what a deployer's tools do to it

    def publish(self) -> None:
        """Publish the catalogue: versions into the table, the index for the site. Raises ToolFailedError."""
        self._tool("infra.publish", "--site", str(self.state_dir / "catalogue"))

    def trust(self, authorities: Mapping[str, Any]) -> None:
        """Publish whose cards let a citizen in; `local.pki` makes such a list. Raises ToolFailedError."""
        file = self.state_dir / "trust.json"
        file.write_text(json.dumps(authorities), encoding="utf-8")
        self._tool("infra.trust", str(file))

    def create_operator(self, email: str) -> dict[str, str]:
        """Make an operator: `password`, `totp_key`, `otpauth_uri`. Raises ToolFailedError if there is one."""
        made: dict[str, str] = json.loads(self._tool("infra.operator", "--json", "--email", email))
        return made

    def _tool(self, module: str, *arguments: str) -> str:
        """What one of infra's programs prints when it is run against this stage."""
        done = subprocess.run(
            [sys.executable, "-m", module, "--stage", self.stage, *arguments],
            cwd=ROOT,
            env=self.environment(ROOT_CREDENTIALS),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolFailedError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    # -- its functions

    def function_environment(self, function: str) -> dict[str, str]:
        """The environment that the template gives to a function (`api`, `dispatch_outbox`, …)."""
        name = function_name(self.stage, function)
        configuration = self.client("lambda").get_function_configuration(FunctionName=name)
        return dict(configuration["Environment"]["Variables"])

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """What the deployed function answers to an event. Raises FunctionFailedError."""
        answer = self.client("lambda").invoke(
            FunctionName=function_name(self.stage, function), Payload=json.dumps(event).encode()
        )
        said = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionFailedError(f"{function}: {said}")
        return said

    def sweep(self) -> None:
        """Let the sweeper run now; its schedule is once a minute."""
        self.invoke("sweep_outbox", _TICK)

    def warm(self) -> None:
        """Start a worker for every function, so that nobody waits for one. Raises FunctionFailedError."""
        with ThreadPoolExecutor(2) as pool:
            for done in [
                pool.submit(self._warm_api),
                *(pool.submit(self.invoke, *e) for e in _WARMING_EVENTS.items()),
            ]:
                done.result()

    def _warm_api(self) -> None:
        upstream = self._upstream()
        try:
            with self.direct.open(f"{self.endpoint}{upstream.prefix}/v1/session", timeout=60) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            raise FunctionFailedError(f"api: {error.read().decode(errors='replace')}") from error

    # -- the providers

    def provider_credentials(self, provider: str) -> Credentials:
        """The provider's own access key."""
        return gaps.provider_credentials(self, provider, self.state_dir / "credentials" / f"{provider}.json")

    def provider_sqs(self, provider: str) -> SQSClient:
        """SQS as that provider sees it."""
        return self.client("sqs", self.provider_credentials(provider))


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Hold `lock` against other processes that would build the same thing."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
