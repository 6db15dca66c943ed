"""The native messaging host: frames, commands, keys and codes of Web eID, and nothing else (R2.3)."""

import io
import json
import struct
from typing import Any

import pytest
from cardbridge.agent import Request, wire_error
from cardbridge.errors import CODES, CardError
from hypothesis import given, settings
from hypothesis import strategies as st

from cardbridge import host

NONCE = "A" * 44
ORIGIN = "https://karibche.example"
AUTHENTICATE = {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": ORIGIN}}
SIGN = {
    "command": "sign",
    "arguments": {"certificate": "AAAA", "hash": "AAAA", "hashFunction": "SHA-256", "origin": ORIGIN},
}
INVALID = {"error": {"code": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "message": "cardbridge/invalid-argument"}}
PASSED_ON = {"passed": "on"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def frame(message: object) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
    return struct.pack("=I", len(body)) + body


def frames(output: bytes) -> list[Any]:
    found = []
    while output:
        (size,) = struct.unpack("=I", output[:4])
        found.append(json.loads(output[4 : 4 + size].decode("utf-8")))
        output = output[4 + size :]
    return found


class Passing:
    """Stands for `serve`: keeps what is passed on."""

    def __init__(self, answer: dict[str, Any] | CardError = PASSED_ON) -> None:
        self.messages: list[Any] = []
        self._answer = answer

    def __call__(self, message: object) -> dict[str, Any]:
        self.messages.append(message)
        if isinstance(self._answer, CardError):
            raise self._answer
        return self._answer


def run(source: bytes, passing: Passing | None = None) -> tuple[int, list[Any]]:
    sink = io.BytesIO()
    code = host.run(io.BytesIO(source), sink, passing or Passing())
    return code, frames(sink.getvalue())


def test_the_version_comes_first_and_is_web_eids_second() -> None:
    code, said = run(b"")
    assert code == 0
    assert said == [{"version": host.VERSION}]
    assert host.VERSION.split(".")[0] == "2"
    assert [part.isdigit() for part in host.VERSION.split(".")] == [True] * 3


@pytest.mark.parametrize(
    "message",
    [
        AUTHENTICATE,
        SIGN,
        {"command": "get-signing-certificate", "arguments": {"origin": ORIGIN}},
        {"command": "get-signing-certificate", "arguments": {"origin": ORIGIN, "lang": "ka"}},
        {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": ORIGIN, "lang": "en"}},
    ],
)
def test_the_three_commands_are_passed_on_as_they_are(message: dict[str, Any]) -> None:
    passing = Passing()
    assert run(frame(message), passing) == (0, [{"version": host.VERSION}, PASSED_ON])
    assert passing.messages == [message]


def test_quit_is_answered_by_nothing_much() -> None:
    for message in ({"command": "quit"}, {"command": "quit", "arguments": {}}):
        passing = Passing()
        assert run(frame(message), passing) == (0, [{"version": host.VERSION}, {}])
        assert passing.messages == []


def test_one_command_is_answered_and_no_second_one_is_read() -> None:
    source = io.BytesIO(frame(AUTHENTICATE) + frame(SIGN))
    sink = io.BytesIO()
    assert host.run(source, sink, Passing()) == 0
    assert len(frames(sink.getvalue())) == 2
    assert source.read() == frame(SIGN)


@pytest.mark.parametrize(
    "message",
    [
        [],
        "authenticate",
        {},
        {"command": "authenticate"},
        {"command": "status", "arguments": {}},
        {"command": "activate", "arguments": {"origin": ORIGIN}},
        AUTHENTICATE | {"origin": ORIGIN},
        {"command": None, "arguments": {"origin": ORIGIN}},
        {"command": "authenticate", "arguments": None},
        {"command": "authenticate", "arguments": {"origin": ORIGIN}},
        {"command": "authenticate", "arguments": {"challengeNonce": NONCE}},
        {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": None}},
        {"command": "authenticate", "arguments": {"challengeNonce": 1, "origin": ORIGIN}},
        {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": ORIGIN, "pin": "1234"}},
        {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": ORIGIN, "lang": 1}},
        {"command": "get-signing-certificate", "arguments": {"origin": ORIGIN, "challengeNonce": NONCE}},
        {"command": "sign", "arguments": {"certificate": "A", "hash": "A", "origin": ORIGIN}},
        {"command": "sign", "arguments": SIGN["arguments"] | {"extra": ""}},  # type: ignore[operator]
    ],
    ids=str,
)
def test_another_set_of_keys_is_an_invalid_argument_and_is_not_passed_on(message: object) -> None:
    passing = Passing()
    assert run(frame(json.dumps(message).encode().ljust(5)), passing) == (0, [{"version": host.VERSION}, INVALID])
    assert passing.messages == []


@pytest.mark.parametrize(
    "source",
    [
        b"\x05",
        b"\x05\x00\x00",
        struct.pack("=I", 5) + b"1234",
        frame(b"null"),
        frame(b"1234"),
        frame(b"     null     "),
        frame(b"{" + b" " * 8),
        frame(b"\xff\xfe\xfd\xfc\xfb"),
        frame(b"[" * 8000),
        frame(b"1" * 8000),
        frame(b"{}" + b" " * 8191),
        struct.pack("=I", 0xFFFFFFFF),
        struct.pack("=I", 0),
    ],
    ids=lambda source: repr(source[:24]),
)
def test_a_frame_that_cannot_be_read_is_answered_and_ends_the_host(source: bytes) -> None:
    passing = Passing()
    assert run(source, passing) == (1, [{"version": host.VERSION}, INVALID])
    assert passing.messages == []


def test_five_and_8192_bytes_are_the_ends_of_what_is_read() -> None:
    longest = json.dumps(AUTHENTICATE).encode().ljust(8192)
    assert run(frame(longest))[1][-1] == PASSED_ON
    assert run(frame(longest + b" "))[0] == 1
    assert run(frame(b"[   ]"))[0] == 0
    assert run(frame(b"[  ]"))[0] == 1


@settings(deadline=None)  # others may use the machine
@given(st.binary(max_size=64))
def test_whatever_comes_is_answered_in_frames_and_never_passed_on(source: bytes) -> None:
    passing = Passing()
    code, said = run(source, passing)
    assert said[0] == {"version": host.VERSION}
    assert said[1:] in ([], [INVALID])
    assert (code == 1) == (said[1:] == [INVALID])
    assert passing.messages == []


@settings(deadline=None)  # others may use the machine
@given(json_values)
def test_json_that_is_no_command_is_an_invalid_argument(message: Any) -> None:
    body = json.dumps(message).encode().ljust(5)
    passing = Passing()
    _, said = run(frame(body[:8192]), passing)
    assert said[1:] == [INVALID] or (isinstance(message, dict) and message.get("command") == "quit")
    assert passing.messages == []


@settings(deadline=None)  # others may use the machine
@given(
    st.dictionaries(
        st.sampled_from(["challengeNonce", "origin", "lang", "certificate", "hash", "hashFunction", "pin"]),
        st.text(max_size=5),
    ),
    st.sampled_from(["authenticate", "get-signing-certificate", "sign"]),
)
def test_only_the_exact_keys_are_passed_on(arguments: dict[str, str], command: str) -> None:
    wanted = {
        "authenticate": {"challengeNonce", "origin"},
        "get-signing-certificate": {"origin"},
        "sign": {"certificate", "hash", "hashFunction", "origin"},
    }[command]
    passing = Passing()
    run(frame({"command": command, "arguments": arguments}), passing)
    assert bool(passing.messages) == (arguments.keys() - {"lang"} == wanted)


@settings(deadline=None)  # others may use the machine
@given(st.integers(min_value=1, max_value=7), st.binary(min_size=1, max_size=3))
def test_a_pipe_may_bring_a_frame_in_pieces(size: int, rest: bytes) -> None:
    class Slow(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self._content = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            part = self._content.read(min(size, len(buffer)))
            buffer[: len(part)] = part
            return len(part)

    sink = io.BytesIO()
    assert host.run(Slow(frame(AUTHENTICATE) + rest), sink, Passing()) == 0  # type: ignore[arg-type]
    assert frames(sink.getvalue())[1] == PASSED_ON


def test_a_failure_is_answered_with_web_eids_code() -> None:
    said = run(frame(AUTHENTICATE), Passing(CardError("no-terminal")))[1]
    assert said[1] == {"error": {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/no-terminal"}}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_its_place_on_the_wire(code: str) -> None:
    special = {
        "cancelled": "ERR_WEBEID_USER_CANCELLED",
        "invalid-argument": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
        "busy": "ERR_WEBEID_ACTION_PENDING",
        "timed-out": "ERR_WEBEID_USER_TIMEOUT",
    }
    wanted = {"code": special.get(code, "ERR_WEBEID_NATIVE_FATAL"), "message": f"cardbridge/{code}"}
    assert wire_error(CardError(code)) == {"error": wanted}
    assert wire_error(CardError(code, 2))["error"]["message"] == f"cardbridge/{code}/2"
    assert wire_error(CardError(code, 0))["error"]["message"] == f"cardbridge/{code}/0"


def test_the_origin_is_taken_apart_from_the_arguments() -> None:
    request = Request.native(AUTHENTICATE | {"arguments": AUTHENTICATE["arguments"] | {"lang": "ka"}})  # type: ignore[operator]
    assert request == Request("authenticate", {"challengeNonce": NONCE}, ORIGIN)


def test_a_person_who_starts_the_host_is_told_what_to_start(machine: Any) -> None:
    program = machine.run("-m", "cardbridge.host")
    assert program.wait() == 1
    assert "cardbridge serve" in program.said
