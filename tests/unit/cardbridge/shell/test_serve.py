"""`cardbridge serve`: a real process, terminal, HTTP and Unix socket; the card is made of Python (R2.3, R2.4)."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROMPT = "empty to cancel): "
NONCE = "A" * 44
ORIGIN = "https://karibche.example"
SIGN = {"certificate": "AAAA", "hash": "\x01\x02", "hashFunction": "SHA-256"}


def operation(command: str = "authenticate", **arguments: str) -> dict[str, Any]:
    return {"origin": ORIGIN, "command": command, "arguments": arguments or {"challengeNonce": NONCE}}


def native(command: str = "authenticate", **arguments: str) -> dict[str, Any]:
    return {"command": command, "arguments": {"origin": ORIGIN} | (arguments or {"challengeNonce": NONCE})}


def message(answer: dict[str, Any]) -> str:
    return str(answer["error"]["message"])


def answer(connection: Any) -> Any:
    """The answer over HTTP."""
    with contextlib.closing(connection):
        return json.loads(connection.getresponse().read())


class Host:
    """`cardbridge-host` as a browser starts it."""

    def __init__(self, environ: dict[str, str], of: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cardbridge.host", "chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/"],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        body = json.dumps(of).encode()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.pipe = self.process.stdin
        self.pipe.write(struct.pack("=I", len(body)) + body)
        self.pipe.flush()
        self.version = self._read()

    def answer(self) -> Any:
        """Return the answer; after it the host ends by itself and has said nothing else."""
        found = self._read()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        assert self.process.stdout.read() == b""
        assert self.process.stderr.read() == b""
        assert self.process.wait(20) == 0
        self._close()
        return found

    def leave(self) -> int:
        """Hang up as a browser does, and return the host's exit code."""
        self.pipe.close()
        code = self.process.wait(20)
        self._close()
        return code

    def _read(self) -> Any:
        assert self.process.stdout is not None
        (size,) = struct.unpack("=I", self.process.stdout.read(4))
        return json.loads(self.process.stdout.read(size))

    def _close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


def test_the_person_is_told_who_asks_what_for_and_what_is_released(serving: Any) -> None:
    """R2.4"""
    asked = serving.ask()
    said = serving.program.expect(PROMPT)
    for words in (
        "Site: https://karibche.example",
        "What for: to sign in",
        "receives: first name, last name and personal number",
        "Holder of the card: ნინო ბერიძე",
        "Tries left: 3.",
        "Enter the login PIN, 4 digits",
    ):
        assert words in said
    serving.program.type("1234\n")
    assert answer(asked) == {"result": {"format": "web-eid:1.0", "nonce": NONCE, "origin": ORIGIN}}
    serving.program.expect("Done.")
    assert serving.uses() == [{"used": "authentication", "right": True}]


def test_the_question_is_asked_in_georgian(machine: Any) -> None:
    """R9.3"""
    machine.environ["LANG"] = "C.UTF-8"
    serving = machine.serve()
    asked = serving.ask()
    said = serving.program.expect("ცარიელი – გაუქმება): ")
    assert "ვებგვერდი: https://karibche.example" in said
    assert "დარჩა 3 მცდელობა." in said
    serving.program.type("\n")
    serving.program.expect("მოქმედება გაუქმდა.")
    assert message(answer(asked)) == "cardbridge/cancelled"


def test_a_pin_shows_nowhere_and_the_terminal_is_not_painted(serving: Any) -> None:
    """A braille line and a screen reader keep their place: no escape codes at all."""
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("9876\n")
    assert "The PIN is wrong; tries left: 2." in serving.program.expect(PROMPT)
    serving.program.type("1234\n")
    reply = json.dumps(answer(asked))
    assert serving.program.end() == 0
    for digits in ("9876", "1234"):
        assert digits not in serving.program.said
        assert digits not in reply
    assert b"\x1b" not in serving.program.raw


def test_the_pin_is_in_no_argument_and_no_environment_of_the_process(serving: Any) -> None:
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("9876\n")
    serving.program.expect(PROMPT)
    folder = Path("/proc", str(serving.program.pid))
    assert b"9876" not in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
    serving.program.type("\n")
    answer(asked)


def test_a_wrong_pin_says_how_many_tries_are_left(serving: Any) -> None:
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("0000\n")
    serving.program.expect(PROMPT)
    serving.program.type("\n")
    assert answer(asked) == {"error": {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/wrong-pin/2"}}
    serving.program.expect("The PIN is wrong; tries left: 2.")


def test_the_last_try_wants_a_yes_of_its_own(serving: Any) -> None:
    """R2.4: nobody blocks a card by typing on."""
    asked = serving.ask()
    for _ in range(2):
        serving.program.expect(PROMPT)
        serving.program.type("0000\n")
    serving.program.expect("This is the last try.")
    serving.program.expect("to cancel: ")
    serving.program.type("1234\n")
    assert message(answer(asked)) == "cardbridge/wrong-pin/1"
    assert len(serving.uses()) == 2
    again = serving.ask()
    serving.program.expect("to cancel: ")
    serving.program.type("yes\n")
    serving.program.expect(PROMPT)
    serving.program.type("1234\n")
    assert "result" in answer(again)


def test_digits_and_length_are_checked_before_a_try_is_spent(serving: Any) -> None:
    asked = serving.ask()
    for typed, fault in (
        ("12a4", "digits only"),
        ("123", "4 digits"),
        ("12345", "4 digits"),
        ("١٢٣٤", "digits only"),
    ):
        serving.program.expect(PROMPT)
        serving.program.type(f"{typed}\n")
        serving.program.expect(fault)
    serving.program.expect(PROMPT)
    serving.program.type("\x04")
    assert message(answer(asked)) == "cardbridge/cancelled"
    assert serving.uses() == []


def test_what_was_typed_before_the_question_answers_nothing(serving: Any) -> None:
    serving.program.type("1234\n")
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("\n")
    assert message(answer(asked)) == "cardbridge/cancelled"
    assert serving.uses() == []


def test_a_signature_names_the_digest(serving: Any) -> None:
    asked = serving.ask(operation("sign", **SIGN))
    assert "Digest of the document (SHA-256): 0102" in serving.program.expect(PROMPT)
    serving.program.type("654321\n")
    assert "result" in answer(asked)


def test_the_signing_certificate_leaves_only_after_a_yes(serving: Any) -> None:
    """R2.3: it holds name and personal number, and no PIN guards it."""
    request = {"origin": ORIGIN, "command": "get-signing-certificate", "arguments": {"lang": "en"}}
    asked = serving.ask(request)
    said = serving.program.expect("to cancel: ")
    assert "Site: https://karibche.example" in said
    assert "personal number" in said
    serving.program.type("\n")
    assert message(answer(asked)) == "cardbridge/cancelled"
    assert serving.uses() == []
    asked = serving.ask(request)
    serving.program.expect("to cancel: ")
    serving.program.type("yes\n")
    assert answer(asked)["result"]["certificate"] == "AAAA"


def test_others_are_told_at_once_that_one_question_is_open(serving: Any) -> None:
    """One operation at a time, over both transports."""
    asked = serving.ask()
    serving.program.expect(PROMPT)
    assert serving.answer() == {"error": {"code": "ERR_WEBEID_ACTION_PENDING", "message": "cardbridge/busy"}}
    assert message(Host(serving.environ, native()).answer()) == "cardbridge/busy"
    serving.program.type("1234\n")
    assert "result" in answer(asked)
    assert serving.program.said.count("A request came") == 1


def test_a_site_that_is_not_on_the_list_is_refused_over_the_extension_too(serving: Any) -> None:
    refused = Host(serving.environ, native(challengeNonce=NONCE, origin="https://evil.example")).answer()
    assert message(refused) == "cardbridge/origin-not-allowed"
    assert serving.uses() == []


def test_a_window_that_closes_takes_its_question_along(serving: Any) -> None:
    """R2.4: nothing is signed and no try is spent, and the next one may ask."""
    asked = serving.ask()
    serving.program.expect(PROMPT)
    asked.close()
    serving.program.expect("This was cancelled.")
    # The terminal shows again what is typed.
    serving.program.type("seen\n")
    serving.program.expect("seen")
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("1234\n")
    assert "result" in answer(asked)
    assert serving.uses() == [{"used": "authentication", "right": True}]


def test_a_window_that_closes_while_a_yes_is_asked_for_takes_its_question_along(serving: Any) -> None:
    asked = serving.ask({"origin": ORIGIN, "command": "get-signing-certificate", "arguments": {}})
    serving.program.expect("to cancel: ")
    asked.close()
    serving.program.expect("This was cancelled.")
    assert serving.uses() == []


def test_a_browser_that_leaves_takes_its_question_along(serving: Any) -> None:
    host = Host(serving.environ, native())
    serving.program.expect(PROMPT)
    assert host.leave() == 1
    serving.program.expect("This was cancelled.")
    assert serving.uses() == []


def test_who_does_not_answer_in_time_is_not_waited_for(machine: Any) -> None:
    """R2.4"""
    serving = machine.serve(patience=0.5)
    asked = serving.ask()
    serving.program.expect(PROMPT)
    assert answer(asked) == {"error": {"code": "ERR_WEBEID_USER_TIMEOUT", "message": "cardbridge/timed-out"}}
    serving.program.expect("You gave no answer within 2 minutes")
    assert serving.uses() == []


def test_the_extension_gets_its_answer_over_the_socket(serving: Any) -> None:
    """R2.3"""
    host = Host(serving.environ, native(challengeNonce=NONCE, lang="ka"))
    assert host.version == {"version": "2.0.0"}
    serving.program.expect(PROMPT)
    serving.program.type("1234\n")
    assert host.answer() == {"format": "web-eid:1.0", "nonce": NONCE, "origin": ORIGIN}


def test_without_an_open_terminal_the_extension_is_told_so(machine: Any) -> None:
    refused = Host(machine.environ, native()).answer()
    assert refused == {"error": {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/no-terminal"}}


def test_the_extension_is_told_when_the_terminal_closes_meanwhile(serving: Any) -> None:
    host = Host(serving.environ, native())
    serving.program.expect(PROMPT)
    serving.program.end(signal.SIGKILL)
    assert message(host.answer()) == "cardbridge/no-terminal"


def test_the_socket_is_the_users_alone(serving: Any) -> None:
    found = serving.socket.stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert stat.S_IMODE(serving.socket.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("session", [None, "open"])
def test_without_a_private_session_folder_the_socket_is_in_the_cache(machine: Any, session: str | None) -> None:
    del machine.environ["XDG_RUNTIME_DIR"]
    (machine.home / ".cache" / "cardbridge").mkdir(mode=0o755, parents=True)
    if session:
        folder = machine.home / session
        folder.mkdir(mode=0o755)
        machine.environ["XDG_RUNTIME_DIR"] = str(folder)
    start = dict(machine.environ)
    machine.environ["XDG_RUNTIME_DIR"] = machine.environ.get("XDG_RUNTIME_DIR", "")
    serving = machine.serve()
    path = machine.home / ".cache" / "cardbridge" / "cardbridge.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    host = Host(start, native())
    serving.program.expect(PROMPT)
    serving.program.type("\n")
    assert message(host.answer()) == "cardbridge/cancelled"


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{\n",
        b"[]\n",
        b"[" * 7000 + b"\n",
        b"x" * 9000 + b"\n",
        json.dumps(native()).encode().ljust(8193) + b"\n",
        b'{"command": "quit", "arguments": {}}\n',
        b'{"command": "authenticate"}\n',
        b'{"command": "authenticate", "arguments": {"challengeNonce": "x"}}\n',
    ],
    ids=lambda line: repr(line[:40]),
)
def test_nonsense_on_the_socket_is_an_invalid_argument(serving: Any, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(serving.socket))
        connection.sendall(line)
        received = connection.recv(4096)
    assert message(json.loads(received)) == "cardbridge/invalid-argument"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(serving: Any, number: int) -> None:
    assert serving.program.end(number) == 0
    assert not serving.socket.exists()
    assert "The card program has ended." in serving.program.said
    assert "Traceback" not in serving.program.said


def test_it_ends_when_its_window_is_closed(serving: Any) -> None:
    serving.program.hang_up()
    assert serving.program.wait() == 0
    assert not serving.socket.exists()


def test_ctrl_c_at_a_question_spends_no_try_and_the_site_hears_of_it(serving: Any) -> None:
    asked = serving.ask()
    serving.program.expect(PROMPT)
    serving.program.type("\x03")
    assert message(answer(asked)) == "cardbridge/cancelled"
    assert serving.program.wait() == 0
    assert serving.uses() == []
    assert not serving.socket.exists()


def test_a_socket_that_a_crash_left_is_replaced(machine: Any) -> None:
    first = machine.serve()
    first.program.end(signal.SIGKILL)
    assert first.socket.exists()
    second = machine.serve()
    assert second.secret()


def test_a_second_one_of_the_same_user_is_sent_to_the_first(machine: Any) -> None:
    first = machine.serve()
    second = machine.start("serve")
    assert second.program.wait() == 1
    assert "open already, in another terminal" in second.program.said
    assert first.socket.exists()
    assert first.secret()


def test_a_taken_port_is_named_with_its_program(machine: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serving = machine.start("serve", port=port)
        assert serving.program.wait() == 1
        assert re.search(
            rf"Port {port} is used by the program “.+”, process {os.getpid()}\.", serving.program.said
        )
        assert not serving.socket.exists()


def test_it_listens_on_this_machine_only(serving: Any) -> None:
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{serving.port:04X}")] == [
        f"0100007F:{serving.port:04X}"
    ]


def test_serving_without_a_terminal_is_refused(machine: Any) -> None:
    for stdin in (subprocess.DEVNULL, subprocess.PIPE):
        done = subprocess.run(
            [sys.executable, "-m", "cardbridge", "serve"],
            env=machine.environ,
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "asks its questions in a terminal" in done.stdout
        assert done.stderr == ""


def test_a_developers_site_may_ask_only_behind_its_switch(machine: Any) -> None:
    local = operation() | {"origin": "http://localhost:8000"}
    plain = machine.serve()
    assert message(plain.answer(local)) == "cardbridge/origin-not-allowed"
    plain.program.end()
    serving = machine.serve("--developer-origin", "http://localhost:8000")
    assert "A developer's site is allowed, too: http://localhost:8000" in serving.program.said
    asked = serving.ask(local)
    assert "Site: http://localhost:8000" in serving.program.expect(PROMPT)
    serving.program.type("\n")
    answer(asked)
    assert (
        message(serving.answer(operation() | {"origin": "http://localhost:8001"}))
        == "cardbridge/origin-not-allowed"
    )


@pytest.mark.parametrize(
    "origin", ["http://evil.example:8000", "https://localhost:8000", "http://localhost", "http://127.0.0.1:8000"]
)
def test_the_developers_switch_opens_for_nothing_else(machine: Any, origin: str) -> None:
    serving = machine.start("serve", "--developer-origin", origin)
    assert serving.program.wait() == 2
    assert "http://localhost:8000" in serving.program.said


def test_a_site_that_the_person_allowed_may_ask(machine: Any) -> None:
    assert machine.start("allow", "https://example.ge").program.wait() == 0
    serving = machine.serve()
    asked = serving.ask(operation() | {"origin": "https://example.ge"})
    serving.program.expect(PROMPT)
    serving.program.type("\n")
    assert message(answer(asked)) == "cardbridge/cancelled"


def test_settings_that_cannot_be_read_are_named_and_nothing_is_served(machine: Any) -> None:
    folder = machine.home / ".config" / "cardbridge"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('origins = ["http://karibche.example"]', encoding="utf-8")
    serving = machine.start("serve")
    assert serving.program.wait() == 1
    assert "http://karibche.example" in serving.program.said
