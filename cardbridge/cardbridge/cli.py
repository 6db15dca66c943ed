"""The command line: `cardbridge serve`, `status`, `activate`, `install`, `doctor` and so on."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from cardbridge import __version__, doctor, install, loopback, policy, relay
from cardbridge.agent import PATIENCE, Agent, Operations
from cardbridge.errors import CardError
from cardbridge.prompts import Pin, Prompter
from cardbridge.terminal import Terminal
from cardbridge.texts import LANGUAGES, Language, error_text, language_of, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from cardbridge.operations import CardStatus, CertificateStatus, PinStatus

_FAILED = 1
_MISUSED = 2
_INTERRUPTED = 130
_PINS = ("authentication", "signature")


class CardOperations(Operations, Protocol):
    """What the command line wants of `cardbridge.operations`."""

    def configure(self, *, pkcs11_module: str | None) -> None: ...  # noqa: D102

    def status(self) -> list[CardStatus]: ...  # noqa: D102

    def activate(self, prompter: Prompter) -> None: ...  # noqa: D102

    def change_pin(self, pin: Pin, prompter: Prompter) -> None: ...  # noqa: D102

    def unblock(self, pin: Pin, prompter: Prompter) -> None: ...  # noqa: D102


def main(
    arguments: Sequence[str] | None = None, operations: CardOperations | None = None, patience: float = PATIENCE
) -> int:
    """Run a command. 0: done; 1: not done, and why was said; 2: not typed right; 130: broken off by Ctrl-C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Georgian letters gets question marks, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    language = _language(arguments)
    options = _parser(language).parse_args(arguments)
    commands = _Commands(language, operations, patience)
    try:
        return commands.run(options)
    except KeyboardInterrupt:
        commands.say("cli", "interrupted")
        return _INTERRUPTED


class _Commands:
    """The commands, each returning an exit code."""

    def __init__(self, language: Language, operations: CardOperations | None, patience: float) -> None:
        self._language = language
        self._operations = operations
        self._patience = patience
        self._terminal = Terminal(language)

    def run(self, options: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = getattr(self, options.command.replace("-", "_"))
        try:
            return command(options)
        except CardError as error:
            self._terminal.say(error_text(self._language, error))
        except policy.BadSettingsError as error:
            self.say("settings", error.reason, path=policy.settings_file(os.environ), detail=error.detail)
        return _FAILED

    def say(self, *path: str, **blanks: object) -> None:
        self._terminal.say(text(self._language, *path, **blanks))

    def serve(self, options: argparse.Namespace) -> int:
        if not _has_terminal():
            self.say("serve", "not-a-terminal")
            return _MISUSED
        for origin in options.developer_origin:
            if not policy.is_developer_origin(origin):
                self.say("serve", "not-a-developer-origin", origin=origin)
                return _MISUSED
        settings, operations = self._configured()
        rules = policy.policy(settings, options.developer_origin)
        with contextlib.ExitStack() as stack:
            agent = Agent(rules, operations, self._terminal, self._patience)
            if not self._listen(agent, stack):
                return _FAILED
            self._welcome(rules, options.developer_origin)
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            signal.signal(signal.SIGHUP, _hang_up)
            try:
                agent.run()
            except _HungUpError:
                return 0
            except KeyboardInterrupt:
                pass
        self._terminal.say("")
        self.say("serve", "closed")
        return 0

    def status(self, _options: argparse.Namespace) -> int:
        cards = self._configured()[1].status()
        for card in cards:
            self._terminal.say("\n".join(_described(self._language, card)))
        return 0 if any(card.problem is None for card in cards) else _FAILED

    def activate(self, _options: argparse.Namespace) -> int:
        return self._change("activated", lambda operations: operations.activate(self._terminal))

    def change_pin(self, options: argparse.Namespace) -> int:
        return self._change("changed", lambda operations: operations.change_pin(Pin(options.pin), self._terminal))

    def unblock(self, _options: argparse.Namespace) -> int:
        return self._change("unblocked", lambda operations: operations.unblock(Pin.AUTHENTICATION, self._terminal))

    def install(self, options: argparse.Namespace) -> int:
        def agrees() -> bool:
            return options.yes or (_has_terminal() and self._terminal.confirms())

        return install.install(install.Machine.of(os.environ), options.extension_id, self.say, agrees)

    def uninstall(self, _options: argparse.Namespace) -> int:
        return install.uninstall(install.Machine.of(os.environ), self.say)

    def doctor(self, _options: argparse.Namespace) -> int:
        with contextlib.suppress(policy.BadSettingsError):  # doctor tells of it itself
            self._configured()
        findings = doctor.examine(doctor.Facts.of(os.environ, self._loaded().status))
        for finding in findings:
            outcome = text(self._language, "doctor", "outcomes", finding.outcome)
            self._terminal.say(f"{outcome}: {text(self._language, *finding.words, **finding.blanks)}")
        ill = sum(finding.outcome == "missing" for finding in findings)
        self._terminal.say("")
        self.say("doctor", "ill" if ill else "well", count=ill)
        return _FAILED if ill else 0

    def allow(self, options: argparse.Namespace) -> int:
        path = policy.settings_file(os.environ)
        try:
            policy.allow(path, options.origin)
        except OSError as error:
            self.say("settings", "unwritable", path=path, detail=error.strerror)
            return _FAILED
        self.say("settings", "allowed", origin=options.origin)
        return 0

    def origins(self, _options: argparse.Namespace) -> int:
        path = policy.settings_file(os.environ)
        settings = policy.read_settings(path)
        for title, found in (("packaged", policy.PACKAGED), ("own", settings.origins)):
            self.say("settings", title, path=path)
            for origin in found or (text(self._language, "settings", "none"),):
                self._terminal.say(f"  {origin}")
        return 0

    def _change(self, done: str, operate: Callable[[CardOperations], None]) -> int:
        if not _has_terminal():
            self.say("cli", "not-a-terminal")
            return _MISUSED
        operate(self._configured()[1])
        self.say("cli", done)
        return 0

    def _configured(self) -> tuple[policy.Settings, CardOperations]:
        operations = self._loaded()
        settings = policy.read_settings(policy.settings_file(os.environ))
        operations.configure(pkcs11_module=settings.pkcs11_module)
        return settings, operations

    def _loaded(self) -> CardOperations:
        if self._operations is None:
            from cardbridge import operations

            self._operations = operations
        return self._operations

    def _listen(self, agent: Agent, stack: contextlib.ExitStack) -> bool:
        path = relay.socket_paths(os.environ)[0]
        try:
            listener = relay.Listener(agent, path)
        except relay.AlreadyServingError:
            self.say("serve", "already")
            return False
        except OSError as error:
            self.say("serve", "no-socket", path=path, detail=error.strerror)
            return False
        stack.callback(listener.close)
        try:
            server = loopback.Loopback(agent, loopback.PORT)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            words, blanks = loopback.holder_of(loopback.PORT)
            self.say("serve", words, **blanks)
            return False
        stack.callback(server.close)
        listener.start()
        server.start()
        return True

    def _welcome(self, rules: policy.Policy, developer_origins: Sequence[str]) -> None:
        self.say("serve", "opened")
        self.say("serve", "origins")
        for origin in sorted(rules.origins - set(developer_origins)):
            self._terminal.say(f"  {origin}")
        for origin in developer_origins:
            self.say("serve", "developer", origin=origin)
        self._terminal.tell("waiting")


def _parser_class(language: Language) -> type[argparse.ArgumentParser]:
    """Return a parser whose own words are this language's."""

    class Formatter(argparse.HelpFormatter):
        def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
            super().add_usage(usage, actions, groups, text(language, "cli", "usage") if prefix is None else prefix)

    class Parser(argparse.ArgumentParser):
        def __init__(self, **settings: Any) -> None:
            super().__init__(add_help=False, formatter_class=Formatter, **settings)
            self._optionals.title = text(language, "cli", "options")
            self._positionals.title = text(language, "cli", "arguments")
            self.add_argument("-h", "--help", action="help", help=text(language, "cli", "help"))
            self.add_argument(
                "--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=text(language, "cli", "lang")
            )

        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            said = text(language, "cli", "misused", program=self.prog)
            # What argparse says in particular is English.
            self.exit(_MISUSED, f"{said}\n" if language == "ka" else f"{said}\n({message})\n")

    return Parser


def _parser(language: Language) -> argparse.ArgumentParser:
    def words(name: str) -> str:
        return text(language, "cli", name)

    parser = _parser_class(language)(prog="cardbridge", description=words("description"))
    parser.add_argument("--version", action="version", version=__version__, help=words("version"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title=words("commands"))
    made = {name: commands.add_parser(name, help=words(name), description=words(name)) for name in _NAMES}
    made["serve"].add_argument(
        "--developer-origin", action="append", default=[], metavar="ORIGIN", help=words("developer-origin")
    )
    made["change-pin"].add_argument("pin", choices=_PINS, nargs="?", default=_PINS[0], help=words("pin"))
    made["install"].add_argument(
        "--extension-id", action="append", default=[], metavar="ID", help=words("extension-id")
    )
    made["install"].add_argument("--yes", action="store_true", help=words("yes"))
    made["allow"].add_argument("origin", metavar="ORIGIN", help=words("origin"))
    return parser


_NAMES = (
    "serve",
    "status",
    "activate",
    "change-pin",
    "unblock",
    "install",
    "uninstall",
    "doctor",
    "allow",
    "origins",
)


def _language(arguments: Sequence[str]) -> Language:
    """Return the language of the help and of mistakes, before the arguments are understood."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            asked = value or next(iter(arguments[index + 1 : index + 2]), "")
            return next((language for language in LANGUAGES if language == asked), language_of(os.environ))
    return language_of(os.environ)


class _HungUpError(KeyboardInterrupt):
    """The terminal's window was closed: there is nobody left to tell."""


def _hang_up(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _HungUpError


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _described(language: Language, card: CardStatus) -> list[str]:
    lines = [text(language, "status", "reader", reader=card.reader)]
    if card.problem is not None:
        return [*lines, f"  {error_text(language, CardError(card.problem))}"]
    lines.append(text(language, "status", "profile", profile=card.profile))
    if not card.tried:
        lines.append(text(language, "status", "untried"))
    lines += [_certificate(language, certificate) for certificate in card.certificates]
    lines += [_pin(language, pin) for pin in card.pins]
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _certificate(language: Language, certificate: CertificateStatus) -> str:
    holder = certificate.holder or text(language, "status", "nameless")
    year, month, day = certificate.not_after[:10].split("-")
    name = f"certificate-{certificate.pin.value}"
    return text(language, "status", name, holder=holder, year=year, month=month, day=day)


def _pin(language: Language, pin: PinStatus) -> str:
    counted = pin.state.value == "ready" and pin.tries_left is not None
    state = text(language, "status", "ready-tries" if counted else pin.state.value, tries=pin.tries_left)
    return text(language, "status", pin.pin.value, state=state)
