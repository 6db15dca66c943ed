"""The embedded cloud as a program: started, saved, ended; and the clients that talk to it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
import botocore.session
from botocore.config import Config

from local import mailbox, processes

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
ACCOUNT = "000000000000"
CLOUD = "cloud"
START_SECONDS = 60.0

# What the embedded cloud and the functions in it may know of the machine they run on.
ALLOWED_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class CloudDidNotStartError(Exception):
    """The embedded cloud could not be started; the message says where to look."""


@dataclass(frozen=True)
class Credentials:
    """An access key of the embedded cloud."""

    access_key_id: str
    secret_access_key: str


ROOT_CREDENTIALS = Credentials("test", "test")


class Cloud:
    """An embedded cloud on `cloud_port` of the loopback that keeps everything in `state_dir`."""

    region = REGION
    # Never through a proxy: everything is on this machine.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __init__(self, state_dir: Path, cloud_port: int) -> None:
        self.state_dir = state_dir.resolve()
        self.cloud_port = cloud_port
        self._clients: dict[tuple[str, Credentials], Any] = {}
        self._client_lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """The embedded cloud's address."""
        return f"http://127.0.0.1:{self.cloud_port}"

    @property
    def notes(self) -> Path:
        """The folder with the notes of the programs that were started."""
        return self.state_dir / "pids"

    def log(self, name: str) -> Path:
        """The file to which the program `name` writes."""
        return self.state_dir / "logs" / f"{name}.log"

    def running(self) -> bool:
        """Whether our embedded cloud is up."""
        return self._note.pid() is not None

    def start(self) -> None:
        """Start the embedded cloud with what it kept, and return when it answers."""
        if not processes.port_is_free(self.cloud_port):
            raise CloudDidNotStartError(f"port {self.cloud_port} is taken by another program")
        pid = processes.start(
            self._note,
            [str(ROOT / ".venv-cloud/bin/python"), str(ROOT / "local/launcher.py")],
            env=self._cloud_environment(),
            log=self.log(CLOUD),
            cwd=self.state_dir,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if processes.started_at(pid) is None or time.monotonic() > deadline:
                processes.end(self._note)
                raise CloudDidNotStartError(f"the embedded cloud did not start; see {self.log(CLOUD)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the embedded cloud; it keeps everything."""
        processes.end(self._note)
        shutil.rmtree(self.state_dir / "tmp", ignore_errors=True)  # the workers' folders, 50 MB each

    def kill(self) -> None:
        """End the embedded cloud with SIGKILL; it may forget the last two seconds."""
        processes.kill(self._note)

    @property
    def _note(self) -> processes.Note:
        return processes.Note(self.notes, CLOUD)

    def _answers(self) -> bool:
        try:
            with self.direct.open(f"{self.endpoint}/_ministack/health", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _cloud_environment(self) -> dict[str, str]:
        folders = {name: self.state_dir / name for name in ("state", "s3", "tmp", "home")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        return {name: os.environ[name] for name in ALLOWED_ENVIRONMENT if name in os.environ} | {
            "HOME": str(folders["home"]),
            "TMPDIR": str(folders["tmp"]),
            "STATE_DIR": str(folders["state"]),
            "S3_DATA_DIR": str(folders["s3"]),
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "GATEWAY_PORT": str(self.cloud_port),
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_WARM_TTL_SECONDS": "1800",
            "DOCKER_HOST": "unix:///nonexistent",
            "AUTH": "true",
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }

    def mails(self) -> list[dict[str, Any]]:
        """The e-mails that were sent through it, newest first."""
        with self.direct.open(f"{self.endpoint}/_ministack/ses/messages", timeout=10) as answer:
            found: list[dict[str, Any]] = json.loads(mailbox.as_json(mailbox.parse(answer.read())))
        return found

    def environment(self, credentials: Credentials) -> dict[str, str]:
        """The environment of a program that works in this cloud with that access key, and knows no other."""
        return {name: os.environ[name] for name in ALLOWED_ENVIRONMENT if name in os.environ} | {
            "HOME": str(self.state_dir / "home"),
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "NO_PROXY": "*",
            "PYTHONUNBUFFERED": "1",
        }

    # -- clients

    @overload
    def client(self, service: Literal["apigateway"], credentials: Credentials = ...) -> APIGatewayClient: ...
    @overload
    def client(
        self, service: Literal["cloudformation"], credentials: Credentials = ...
    ) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["dynamodb"], credentials: Credentials = ...) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["iam"], credentials: Credentials = ...) -> IAMClient: ...
    @overload
    def client(self, service: Literal["kms"], credentials: Credentials = ...) -> KMSClient: ...
    @overload
    def client(self, service: Literal["lambda"], credentials: Credentials = ...) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["s3"], credentials: Credentials = ...) -> S3Client: ...
    @overload
    def client(self, service: Literal["sesv2"], credentials: Credentials = ...) -> SESV2Client: ...
    @overload
    def client(self, service: Literal["sqs"], credentials: Credentials = ...) -> SQSClient: ...
    @overload
    def client(self, service: str, credentials: Credentials = ...) -> Any: ...
    def client(self, service: str, credentials: Credentials = ROOT_CREDENTIALS) -> Any:
        """A boto3 client of the embedded cloud, whatever the developer's own AWS settings say."""
        with self._client_lock:
            key = (service, credentials)
            if key not in self._clients:
                make: Any = self.session(credentials).client  # boto3's stub has an overload for each service
                self._clients[key] = make(
                    service,
                    endpoint_url=self.endpoint,
                    config=Config(
                        connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 2}, proxies={}
                    ),
                )
            return self._clients[key]

    def session(self, credentials: Credentials = ROOT_CREDENTIALS) -> boto3.session.Session:
        """A boto3 session that reads neither the developer's AWS files nor their profile."""
        plain = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        return boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            region_name=REGION,
            botocore_session=plain,
        )


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
