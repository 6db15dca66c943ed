"""`make run`: the whole portal, started step by step, until Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.names import replies_queue, requests_queue
from infra.changes import Forbidden
from infra.dependencies import MissingDependency
from infra.deploy import DeploymentFailed
from infra.package import PackagingFailed
from local import accounts, card, processes
from local.bootstrap import PIDS, STATE
from local.cloud import CLOUD, REGION, ROOT, CloudDidNotStartError
from local.stack import FunctionFailedError, Stack, ToolFailedError
from local.steps import Trouble, step

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import FrameType

SITE = "site"
LOOK_EVERY_SECONDS = 1.0
PORTS = ("PORT", "CLOUD_PORT")
BEGUN = float(os.environ.get("KARIBCHE_BEGUN") or time.time())


def portal() -> Stack:
    """The portal of `make run`: on the ports of the one that runs, else on those that the Makefile names."""
    ports = {"PORT": 8000, "CLOUD_PORT": 4566} | {name: os.environ[name] for name in PORTS if name in os.environ}
    if processes.Note(PIDS, SITE).pid() is not None:
        ports |= json.loads(_ports_file().read_text())
    return Stack("local", STATE, int(ports["PORT"]), int(ports["CLOUD_PORT"]))


def _ports_file() -> Path:
    return STATE / "ports.json"


def simulator(provider: str) -> str:
    """The name under which a provider's program is noted."""
    return f"provider-{provider}"


def serve(stack: Stack, *, with_card: bool) -> None:
    """Start everything, say where it is, and end everything when asked to. Raises Trouble."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with ExitStack() as started, _troubles(stack):
        STATE.mkdir(parents=True, exist_ok=True)
        _ports_file().write_text(json.dumps({"PORT": stack.site_port, "CLOUD_PORT": stack.cloud_port}))
        site = processes.Note(stack.notes, SITE)
        site.write(os.getpid())
        started.callback(site.forget)
        with step("Start the embedded cloud"):
            stack.start()
        started.callback(stack.stop)
        with step("Package the functions"):
            stack.package()
        with step("Deploy"):
            stack.deploy()
        with step("Publish the catalogue, make the first operator"), ThreadPoolExecutor(2) as pool:
            published, made = pool.submit(stack.publish), pool.submit(accounts.demonstration, stack)
            published.result()
            demo = made.result()
        if with_card:
            with step("Put the demonstration's card into a reader"):
                card.start(stack, started)
        with step("Start the providers' programs, warm the functions"):
            for provider in stack.providers:
                started.callback(processes.end, start_simulator(stack, provider))
            stack.warm()
        stack.gateway.start()
        started.callback(stack.gateway.stop)
        _say_where(stack, demo)
        agent = _offer_card(stack, started) if with_card else None
        try:
            _watch(stack, card.PROGRAMS if with_card else (), agent)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("\nStopping; the data is kept.", flush=True)


def start_simulator(stack: Stack, provider: str) -> processes.Note:
    """Start the program that plays this provider, under the provider's own access key."""
    note = processes.Note(stack.notes, simulator(provider))
    files = stack.state_dir / "providers"
    files.mkdir(exist_ok=True)
    credentials = stack.provider_credentials(provider)
    processes.start(
        note,
        [
            *(sys.executable, "-m", "providerkit", "simulate", "--provider", provider),
            *("--requests-queue", requests_queue(stack.stage, provider)),
            *("--replies-queue", replies_queue(stack.stage, provider)),
            *("--name", _name_of(provider)),
            *("--region", REGION, "--endpoint-url", stack.endpoint),
            *("--state", str(files / f"{provider}.jsonl")),
        ],
        env={**stack.environment(credentials), "PYTHONPATH": str(ROOT / "providerkit")},
        log=stack.log(simulator(provider)),
        cwd=files,
    )
    return note


def _name_of(provider: str) -> str:
    """What the institution is called in its letters, which it writes in Georgian."""
    said = json.loads((ROOT / f"catalogue/{provider}/provider.json").read_text(encoding="utf-8"))
    return str(said["name"]["ka"])


def _offer_card(stack: Stack, started: ExitStack) -> subprocess.Popen[bytes] | None:
    """Say what the card is for; where there is a terminal, the agent asks its questions there."""
    print(card.said(stack), flush=True)
    if not sys.stdin.isatty():
        return None
    agent = card.open_agent(stack)
    started.callback(card.close_agent, stack, agent)
    return agent


def _watch(stack: Stack, more: Iterable[str], agent: subprocess.Popen[bytes] | None) -> NoReturn:
    """Wait for Ctrl-C. Raises Trouble when something that should run has ended."""
    names = [CLOUD, *map(simulator, stack.providers), *more]
    while True:
        if agent is not None and agent.poll() is not None:
            print("The card's program has ended. To open it again:   make card", flush=True)
            agent = None
        time.sleep(LOOK_EVERY_SECONDS)
        for name in names:
            if processes.Note(stack.notes, name).pid() is None:
                raise Trouble(f"{name} has ended by itself; its last words are in {stack.log(name)}")


@contextmanager
def _troubles(stack: Stack) -> Iterator[None]:
    """Turn what the tools below can raise into something that a person can act on."""
    try:
        yield
    except CloudDidNotStartError as error:
        raise Trouble(f"{error}") from error
    except MissingDependency as error:
        raise Trouble(f"{error}\n\nCheck the network, or set PIP_INDEX_URL, and run the command again.") from error
    except (DeploymentFailed, Forbidden, PackagingFailed, ToolFailedError) as error:
        raise Trouble(
            f"{error}\n\nIf the sources are right and the data of this portal can go:   make reset"
        ) from error
    except FunctionFailedError as error:
        raise Trouble(
            f"A function does not work: {error}\nIts log, and the cloud's: {stack.log(CLOUD)}"
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise Trouble(f"The embedded cloud refused: {error}\nSee {stack.log(CLOUD)}") from error


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say_where(stack: Stack, demo: dict[str, str]) -> None:
    print(
        f"""
Karibche is ready after {time.time() - BEGUN:.0f} s.

  Site       {stack.origin}/
  Operator   {stack.origin}/ka/operator
  Mailbox    {stack.origin}/mailbox
  Cloud      {stack.endpoint}

  The demonstration's operator registers the first citizen:
    e-mail     {demo["email"]}
    password   {demo["password"]}
    TOTP key   {demo["totp_key"]}   (the current code: make code)

  Ctrl-C stops everything and keeps the data.
""",
        flush=True,
    )


def status(stack: Stack) -> None:
    """Print what runs, where, and how much is kept."""
    running = False
    for name in (SITE, CLOUD, *map(simulator, stack.providers), *card.PROGRAMS, card.AGENT):
        pid = processes.Note(stack.notes, name).pid()
        running = running or pid is not None
        print(f"  {name.ljust(20)} {f'runs, process {pid}' if pid else '-'}")
    if processes.Note(stack.notes, SITE).pid():
        print(f"\n  Site {stack.origin}/   Mailbox {stack.origin}/mailbox   Cloud {stack.endpoint}")
    kept = sum(
        file.stat().st_size for folder in ("state", "s3") for file in (STATE / folder).rglob("*") if file.is_file()
    )
    print(f"\n  Data kept in {STATE}: {kept / 1e6:.1f} MB; disk free: {shutil.disk_usage(ROOT).free / 1e9:.0f} GB")
