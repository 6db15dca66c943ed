"""The command line in both languages, and its exit codes (R9.3)."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cardbridge.errors import CardError
from cardbridge.operations import CardStatus, CertificateStatus, PinState, PinStatus
from cardbridge.prompts import Pin

from cardbridge import cli

PROMPT = "empty to cancel): "
COMMANDS = (
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
USABLE = CardStatus(
    reader="Reader 0",
    card=True,
    problem=None,
    profile="generic-pkcs15",
    pins=(
        PinStatus(Pin.AUTHENTICATION, 1, PinState.READY, 3),
        PinStatus(Pin.SIGNATURE, 2, PinState.NOT_ACTIVATED, None),
    ),
    certificates=(
        CertificateStatus(Pin.AUTHENTICATION, b"\1", 1, "RSA-2048", b"", "ნინო ბერიძე", "2028-11-24T10:00:00Z"),
        CertificateStatus(Pin.SIGNATURE, b"\2", 2, "P-256", b"", None, "2028-11-24T10:00:00Z"),
    ),
)


@dataclass
class Card:
    """Operations that only tell what is in the readers."""

    slots: list[CardStatus] = field(default_factory=list)
    error: CardError | None = None
    module: str | None = None

    def configure(self, *, pkcs11_module: str | None) -> None:
        self.module = pkcs11_module

    def status(self) -> list[CardStatus]:
        if self.error:
            raise self.error
        return self.slots


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "LC_ALL", "LC_MESSAGES", "PCSCLITE_CSOCK_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments: str, card: Any = None) -> int:
    return cli.main(arguments, card or Card())


def refused(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    return int(caught.value.code or 0)


def test_help_names_every_command_in_georgian(capsys: pytest.CaptureFixture[str]) -> None:
    """R9.3"""
    assert refused("--help") == 0
    said = capsys.readouterr().out
    assert all(command in said for command in COMMANDS)
    assert "გამოყენება:" in said
    assert not {"usage", "options", "positional", "show"} & set(said.replace(":", " ").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_in_both_languages(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(command, "--help") == 0
    assert "გამოყენება:" in capsys.readouterr().out
    assert refused("--lang", "en", command, "--help") == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [("--lang", "en", "origins"), ("origins", "--lang", "en"), ("origins", "--lang=en")]
)
def test_the_language_may_stand_before_or_after_the_command(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 0
    assert "Sites that come with the program:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("allow",),
        ("change-pin", "puk"),
        ("--lang", "de", "origins"),
        ("serve", "--pin", "1234"),
    ],
)
def test_what_is_not_typed_right_is_said_without_repeating_it(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(*arguments) == 2
    said = capsys.readouterr().err
    assert "ბრძანება არასწორად არის აკრეფილი" in said
    assert "1234" not in said


def test_status_tells_holder_profile_and_tries(capsys: pytest.CaptureFixture[str]) -> None:
    """R2.4"""
    assert run("--lang", "en", "status", card=Card([USABLE])) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Reader: Reader 0",
        "  Card profile: generic-pkcs15",
        "  With this profile the program has not been tried on a real card.",
        "  Login certificate: ნინო ბერიძე, valid until 2028-11-24",
        "  Signature certificate: no name given, valid until 2028-11-24",
        "  Login PIN: in use, tries left: 3",
        "  Signature PIN: not activated (cardbridge activate)",
    ]


def test_status_writes_dates_as_georgians_do(capsys: pytest.CaptureFixture[str]) -> None:
    """R9.3"""
    assert run("status", card=Card([USABLE])) == 0
    assert "შესვლის სერტიფიკატი: ნინო ბერიძე, ვადა: 24.11.2028" in capsys.readouterr().out


def test_status_of_a_reader_without_a_usable_card_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    slots = [
        CardStatus("Reader 0", card=False, problem="no-card"),
        CardStatus("Reader 1", card=True, problem="foreign-card"),
    ]
    assert run("--lang", "en", "status", card=Card(slots)) == 1
    said = capsys.readouterr().out
    assert "There is no card in the reader." in said
    assert "Another kind of card" in said


def test_a_failure_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", card=Card(error=CardError("no-reader"))) == 1
    assert (
        capsys.readouterr().out == "ბარათის წამკითხველი ვერ მოიძებნა. შეაერთეთ კომპიუტერთან და სცადეთ ხელახლა.\n"
    )


def test_the_pkcs11_module_of_the_settings_is_used(home: Path) -> None:
    file = home / ".config/cardbridge/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('pkcs11_module = "/usr/lib/opensc-pkcs11.so"\n', encoding="utf-8")
    card = Card([USABLE])
    assert run("status", card=card) == 0
    assert card.module == "/usr/lib/opensc-pkcs11.so"


def test_allowing_a_site_says_what_that_means_and_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--lang", "en", "allow", "https://example.ge") == 0
    assert "receives your first name, last name and personal number" in capsys.readouterr().out
    assert run("origins") == 0
    said = capsys.readouterr().out
    assert "https://karibche.example" in said
    assert "https://example.ge" in said


@pytest.mark.parametrize("origin", ["http://example.ge", "https://example.ge/", "http://localhost:8000"])
def test_only_an_exact_origin_can_be_allowed(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--lang", "en", "allow", origin) == 1
    assert "exactly like this: https://example.ge" in capsys.readouterr().out
    run("--lang", "en", "origins")
    assert origin not in capsys.readouterr().out


def test_doctor_counts_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(home / "pcscd.comm"))
    monkeypatch.setenv("PATH", "")
    assert run("--lang", "en", "doctor", card=Card(error=CardError("no-pcsc"))) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Missing: The system's card service (pcscd) does not run")
    missing = sum(line.startswith("Missing: ") for line in lines)
    assert lines[-1] == f"To be put right: {missing}"
    assert run("doctor", card=Card(error=CardError("no-pcsc"))) == 1
    assert capsys.readouterr().out.startswith("აკლია: ")


def test_installing_and_removing_works_from_the_command_line(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.3"""
    monkeypatch.setattr("cardbridge.install.find_host", lambda: Path("/opt/bin/cardbridge-host"))
    (home / ".config/chromium").mkdir(parents=True)
    assert run("--lang", "en", "install", "--extension-id", "a" * 32, "--yes") == 0
    manifest = home / ".config/chromium/NativeMessagingHosts/eu.webeid.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["path"] == "/opt/bin/cardbridge-host"
    assert run("--lang", "en", "uninstall") == 0
    assert not manifest.exists()
    assert "Chromium: disconnected" in capsys.readouterr().out


@pytest.mark.parametrize("command", [("activate",), ("change-pin",), ("unblock",)])
def test_what_needs_a_pin_is_refused_without_a_terminal(command: tuple[str, ...]) -> None:
    """R2.4: a PIN comes from no pipe."""
    environ = {"HOME": os.environ["HOME"], "PYTHONPATH": str(Path(cli.__file__).parents[1]), "LANG": "en_GB.UTF-8"}
    words = [sys.executable, "-m", "cardbridge", *command]
    done = subprocess.run(words, env=environ, input="1234\n", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "asks for it in a terminal only" in done.stdout
    assert done.stderr == ""


def test_a_new_signature_pin_is_made_in_the_terminal(machine: Any) -> None:
    program = machine.start("activate").program
    assert "the envelope's PIN, 5 digits" in program.expect(PROMPT)
    program.type("12345\n")
    assert "a new signature PIN, 6 digits" in program.expect(PROMPT)
    program.type("654321\n")
    program.expect("once more: ")
    program.type("654321\n")
    program.expect("The signature PIN is active.")
    assert program.wait() == 0
    assert "654321" not in program.said


def test_the_pin_to_change_is_the_logins_unless_the_other_is_named(machine: Any) -> None:
    for arguments, words in (
        (("change-pin",), "the login PIN"),
        (("change-pin", "signature"), "the signature PIN"),
    ):
        program = machine.start(*arguments).program
        assert words in program.expect(PROMPT)
        program.type("\n")
        program.expect("This was cancelled.")
        assert program.wait() == 1


def test_unblocking_asks_for_the_puk(machine: Any) -> None:
    program = machine.start("unblock").program
    assert "the PUK, 8 digits" in program.expect(PROMPT)
    program.type("87654321\n")
    program.expect("The PIN is unblocked")
    assert program.wait() == 0


def test_ctrl_c_breaks_a_command_off_in_words(machine: Any) -> None:
    program = machine.start("unblock").program
    program.expect(PROMPT)
    program.type("\x03")
    assert program.wait() == 130
    assert "This was interrupted." in program.said
    assert "Traceback" not in program.said
