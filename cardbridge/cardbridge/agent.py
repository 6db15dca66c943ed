"""One operation at a time: a request from a browser, the person's answer at the terminal, the card's answer.

Transports call `Agent.answer` from threads of their own; questions are asked in the main thread, by `Agent.run`.
"""

from __future__ import annotations

import queue
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from cardbridge.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from types import FrameType

    from cardbridge.policy import Policy
    from cardbridge.prompts import PinQuestion, Prompter

_Answer = TypeVar("_Answer")
PATIENCE: Final = 120.0  # seconds until a person must have answered, as in Web eID
_TICK: Final = 0.1
_LOOK_UP: Final = 0.2
_COMMANDS: Final[dict[str, frozenset[str]]] = {
    "authenticate": frozenset({"challengeNonce"}),
    "get-signing-certificate": frozenset(),
    "sign": frozenset({"certificate", "hash", "hashFunction"}),
}
_WEB_EID: Final = {
    "cancelled": "ERR_WEBEID_USER_CANCELLED",
    "invalid-argument": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
    "busy": "ERR_WEBEID_ACTION_PENDING",
    "timed-out": "ERR_WEBEID_USER_TIMEOUT",
}


class Operations(Protocol):
    """What the agent wants of `cardbridge.operations`."""

    def authenticate(self, nonce: str, origin: str, prompter: Prompter) -> dict[str, str]: ...  # noqa: D102

    def signing_certificate(self, origin: str, prompter: Prompter) -> dict[str, Any]: ...  # noqa: D102

    def sign(  # noqa: D102
        self,
        certificate: str,
        hash: str,  # noqa: A002
        hash_function: str,
        origin: str,
        prompter: Prompter,
    ) -> dict[str, Any]: ...


class Person(Protocol):
    """The person at the terminal: asked for PINs and for leave, told what was done."""

    def ask(self, question: PinQuestion) -> bytearray | None: ...  # noqa: D102

    def agrees(self, origin: str) -> bool:
        """Whether the certificate of the signature, with name and personal number, may go to this site."""

    def begin(self) -> None:
        """Say that a site asks for something."""

    def end(self, error: CardError | None) -> None:
        """Say that the operation is done, or why it is not."""


@dataclass(frozen=True)
class Request:
    """A command of Web eID, its arguments without the origin, and the origin as the browser vouches for it."""

    command: str
    arguments: Mapping[str, str]
    origin: str

    @classmethod
    def of(cls, command: object, arguments: object, origin: object) -> Request:
        """Take a request apart that came from outside; `arguments` may also bring `lang`, which is not used.

        Raises:
            CardError: `invalid-argument`: another command, another set of arguments, or no strings.
        """
        if not (isinstance(command, str) and command in _COMMANDS and isinstance(origin, str)):
            raise CardError("invalid-argument")
        if not (isinstance(arguments, dict) and all(isinstance(value, str) for value in arguments.values())):
            raise CardError("invalid-argument")
        if arguments.keys() - {"lang"} != _COMMANDS[command]:
            raise CardError("invalid-argument")
        return cls(command, {name: value for name, value in arguments.items() if name != "lang"}, origin)

    @classmethod
    def native(cls, message: object) -> Request:
        """Take a Web eID native message apart: `{command, arguments}`, with the origin among the arguments.

        Raises:
            CardError: `invalid-argument`.
        """
        if not (isinstance(message, dict) and message.keys() == {"command", "arguments"}):
            raise CardError("invalid-argument")
        arguments = message["arguments"]
        if not (isinstance(arguments, dict) and "origin" in arguments):
            raise CardError("invalid-argument")
        others = {name: value for name, value in arguments.items() if name != "origin"}
        return cls.of(message["command"], others, arguments["origin"])


def wire_error(error: CardError) -> dict[str, dict[str, str]]:
    """Write a failure as both transports carry it: Web eID's code, and ours with the tries left."""
    tries = "" if error.tries_left is None else f"/{error.tries_left}"
    code = _WEB_EID.get(error.code, "ERR_WEBEID_NATIVE_FATAL")
    return {"error": {"code": code, "message": f"cardbridge/{error.code}{tries}"}}


@dataclass
class _Job:
    request: Request
    gone: Callable[[], bool]
    deadline: float
    lost: str | None = None
    result: dict[str, Any] = field(default_factory=lambda: wire_error(CardError("cancelled")))
    done: threading.Event = field(default_factory=threading.Event)

    def is_lost(self) -> bool:
        """Look whether anybody still waits, within the time."""
        if self.lost is None:
            if self.gone():
                self.lost = "cancelled"
            elif time.monotonic() > self.deadline:
                self.lost = "timed-out"
        return self.lost is not None


class _AbandonedError(BaseException):
    """Breaks a question that nobody waits for. A BaseException, so that nothing takes it for a card's fault."""


class Agent:
    """Answers requests of allowed origins, one at a time."""

    def __init__(self, policy: Policy, operations: Operations, person: Person, patience: float = PATIENCE) -> None:
        self._policy = policy
        self._operations = operations
        self._person = person
        self._patience = patience
        self._slot = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._asking = False

    def answer(self, request: Request, gone: Callable[[], bool]) -> dict[str, Any]:
        """Return the result or the failure as the wire has it; called from any thread but the main one.

        `gone` says whether the asker has left: then no PIN is used any more.
        """
        if not self._policy.allows(request.origin):
            return wire_error(CardError("origin-not-allowed"))
        if not self._slot.acquire(blocking=False):
            return wire_error(CardError("busy"))
        job = _Job(request, gone, time.monotonic() + self._patience)
        self._jobs.put(job)
        while not job.done.wait(_TICK):
            if job.is_lost():
                self._interrupt()
        return job.result

    def run(self) -> None:
        """Serve requests in the main thread, until a signal's exception ends it."""
        signal.signal(signal.SIGUSR1, self._on_signal)
        while True:
            try:
                # A signal that comes just before the wait begins is handled when the wait ends.
                job = self._jobs.get(timeout=_LOOK_UP)
            except queue.Empty:
                continue
            try:
                job.result = self._perform(job)
            finally:
                self._slot.release()
                job.done.set()

    def _perform(self, job: _Job) -> dict[str, Any]:
        if job.is_lost():
            return wire_error(CardError("cancelled"))
        self._person.begin()
        try:
            result = self._operate(job)
        except CardError as error:
            failure = CardError(job.lost) if job.lost and error.code == "cancelled" else error
            self._person.end(failure)
            return wire_error(failure)
        except Exception:  # noqa: BLE001 a fault of ours ends this operation, not the agent, and may hold secrets
            self._person.end(CardError("card-fault"))
            return wire_error(CardError("card-fault"))
        self._person.end(None)
        return result

    def _operate(self, job: _Job) -> dict[str, Any]:
        origin, arguments = job.request.origin, job.request.arguments
        prompter = _Attended(self._person, job, self._interruptible)
        if job.request.command == "authenticate":
            return self._operations.authenticate(arguments["challengeNonce"], origin, prompter)
        if job.request.command == "get-signing-certificate":
            if not prompter.agrees(origin):
                raise CardError("cancelled")
            return self._operations.signing_certificate(origin, prompter)
        certificate, digest, function = (arguments[name] for name in ("certificate", "hash", "hashFunction"))
        return self._operations.sign(certificate, digest, function, origin, prompter)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _interrupt(self) -> None:
        """Break the question in the main thread, if one is being asked; tried again at each tick."""
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asking:
            self._asking = False
            raise _AbandonedError


class _Attended:
    """Asks the person while somebody waits for the answer, and passes no PIN on when nobody does any more."""

    def __init__(
        self, person: Person, job: _Job, interruptible: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._person = person
        self._job = job
        self._interruptible = interruptible

    def ask(self, question: PinQuestion) -> bytearray | None:
        pin = self._attend(lambda: self._person.ask(question))
        if pin is not None and self._job.is_lost():
            pin[:] = bytes(len(pin))
            return None
        return pin

    def agrees(self, origin: str) -> bool:
        return self._attend(lambda: self._person.agrees(origin)) is True and not self._job.is_lost()

    def _attend(self, question: Callable[[], _Answer]) -> _Answer | None:
        if self._job.is_lost():
            return None
        try:
            with self._interruptible():
                return question()
        except _AbandonedError:
            return None
