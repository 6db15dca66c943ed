"""The embedded cloud's own program: MiniStack, saved every two seconds.

Runs inside `.venv-cloud` (`local.cloud.Cloud` starts it) and imports nothing else of this project. MiniStack
writes its state only at a clean stop; this wrapper around its ASGI application writes it while it runs, so
that a killed machine forgets no more than the last two seconds. It uses a few private names of MiniStack,
whose version is therefore pinned exactly; `tests/integration/local` shows that they do what is said here.
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger("karibche.launcher")

SAVE_EVERY_SECONDS = 1.5  # with the save itself, no more than two seconds are ever lost
LOOK_ANYWAY_SECONDS = 30.0
LOG_STREAMS_KEPT = 200
MAILS = "sent_mails"
# Dear to save, and changed by deployments alone, or (logs) not worth it: saved with a deployment and at the end.
RARELY_SAVED = frozenset({"lambda", "cloudwatch_logs"})
READING_ACTIONS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet", "Head")


def forget_stream_positions(state_dir: Path) -> None:
    """Drop the positions of the event source mappings from the saved Lambda state.

    They count the records of a stream that starts again at nought, so a restored one would skip as many new
    records as it had read old ones, silently.
    """
    saved = state_dir / "lambda.json"
    if not saved.exists():
        return
    document = json.loads(saved.read_text())
    payload = document.get("payload", document)
    if payload.pop("dynamodb_stream_positions", None) is not None:
        replacement = saved.with_suffix(".json.tmp")
        replacement.write_text(json.dumps(document))
        replacement.replace(saved)


def empty(folder: Path) -> None:
    """Make `folder` exist and hold nothing: workers of an earlier run leave 50 MB each behind."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def may_change_state(scope: Mapping[str, Any]) -> bool:
    """Whether this HTTP request can have changed anything that is saved."""
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    target = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    if target:
        return not target.startswith(READING_ACTIONS)
    return scope.get("method") not in {"GET", "HEAD", "OPTIONS"}


def touches_functions(scope: Mapping[str, Any]) -> bool:
    """Whether this request can have changed functions or mappings, whose state is dear to save."""
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    authorisation = headers.get(b"authorization", b"")
    return b"/lambda/aws4_request" in authorisation or b"/cloudformation/aws4_request" in authorisation


def sent_mails() -> dict[str, Any] | None:
    """The e-mails that were sent: MiniStack itself forgets them with each restart."""
    ses = sys.modules.get("ministack.services.ses")
    return None if ses is None else {"sent": copy.deepcopy(ses._sent_emails)}  # noqa: SLF001


def restore_mails() -> None:
    """Bring back the e-mails that were saved."""
    from ministack.core.persistence import load_state

    state = load_state(MAILS)
    if state:
        from ministack.services import ses

        ses._sent_emails.update(state["sent"])  # noqa: SLF001


class Saver:
    """Writes each service's state when it differs from what is on disk.

    All states of one save are taken in one go on the event loop, between two requests, and replace the files
    on disk together: a table and a queue that one request changed are saved at the same moment.
    """

    def __init__(self, state_dir: Path, services: Callable[[], Mapping[str, Callable[[], Any]]]) -> None:
        self._state_dir = state_dir
        self._services = services
        self._on_disk: dict[str, int] = {}
        self._ticks_to_save = 1
        self._functions_changed = True
        self._last_look = time.monotonic()
        self._writing = threading.Lock()

    def saw(self, scope: Mapping[str, Any]) -> None:
        """Take note of a request that is about to be served, or has been."""
        if may_change_state(scope):
            # Twice: what a function does after its last call (its message is deleted) comes a little later.
            self._ticks_to_save = 2
        if touches_functions(scope):
            self._functions_changed = True

    async def run(self) -> None:
        """Save for ever."""
        while True:
            await asyncio.sleep(SAVE_EVERY_SECONDS)
            overdue = time.monotonic() - self._last_look > LOOK_ANYWAY_SECONDS
            if self._ticks_to_save or overdue:
                self._ticks_to_save = max(0, self._ticks_to_save - 1)
                try:
                    files = self.take()
                    await asyncio.to_thread(self.write, files)
                except Exception:
                    logger.exception("state not saved; trying again")
                    self._ticks_to_save = 2
                    self._functions_changed = True

    def take(self, *, everything: bool = False) -> dict[str, str]:
        """The changed services' states as the text of their files."""
        from ministack.core.persistence import _json_default, _state_format_version

        self._last_look = time.monotonic()
        functions_changed, self._functions_changed = self._functions_changed or everything, False
        files: dict[str, str] = {}
        for name, get_state in {**self._services(), MAILS: sent_mails}.items():
            if name in RARELY_SAVED and not functions_changed:
                continue
            state = _consistent(get_state)
            if state is None:
                continue
            if name == "cloudwatch_logs":
                _shorten(state)
            document = {"__ministack_format__": _state_format_version(name), "payload": state}
            text = json.dumps(document, default=_json_default)
            if self._on_disk.get(name) != hash(text):
                files[name] = text
        return files

    def write(self, files: Mapping[str, str]) -> None:
        """Replace the files of these services."""
        with self._writing:
            self._state_dir.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (self._state_dir / f"{name}.json.tmp").write_text(text)
            for name, text in files.items():
                (self._state_dir / f"{name}.json.tmp").replace(self._state_dir / f"{name}.json")
                self._on_disk[name] = hash(text)


def _shorten(logs: dict[str, Any]) -> None:
    """Leave the newest streams of each log group: every call of a function makes one."""
    for group in logs["log_groups"]._data.values():  # noqa: SLF001  # MiniStack's own way to reach all regions
        streams = sorted(group["streams"].items(), key=lambda entry: entry[1]["creationTime"])
        group["streams"] = dict(streams[-LOG_STREAMS_KEPT:])


def _consistent(get_state: Callable[[], Any]) -> Any:  # whatever MiniStack keeps
    """A service's state, read again when one of MiniStack's own threads changed it meanwhile."""
    for _ in range(5):
        try:
            return get_state()
        except RuntimeError:  # "dictionary changed size during iteration"
            continue
    return get_state()


def saving(application: Application, saver: Saver) -> Application:
    """The ASGI application `application`, saved by `saver` while it runs and once more when told to end."""
    tasks: set[asyncio.Task[None]] = set()

    def end() -> None:
        saver.write(saver.take(everything=True))
        # Nothing else is worth the five seconds that an orderly end takes: workers end with their pipes.
        os._exit(0)

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            saver.saw(scope)
            try:
                await application(scope, receive, send)
            finally:
                saver.saw(scope)
            return

        async def started(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                restore_mails()
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                tasks.add(asyncio.create_task(saver.run()))
                for signal_number in (signal.SIGTERM, signal.SIGINT):
                    asyncio.get_running_loop().add_signal_handler(signal_number, end)

        await application(scope, receive, started)

    return wrapped


def main() -> None:
    """Serve the embedded cloud as the environment says (see `local.cloud`) until SIGTERM."""
    state_dir = Path(os.environ["STATE_DIR"])
    empty(Path(os.environ["TMPDIR"]))
    forget_stream_positions(state_dir)

    import ministack.app

    saver = Saver(state_dir, ministack.app._build_persistence_save_dict)  # noqa: SLF001
    ministack.app.app = saving(ministack.app.app, saver)
    ministack.app.main()


if __name__ == "__main__":
    main()
