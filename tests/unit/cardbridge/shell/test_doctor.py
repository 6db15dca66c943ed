"""What `doctor` finds, in each case, and what it says to do (R2.3, R9.3)."""

import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cardbridge.doctor import Facts
from cardbridge.errors import CardError
from cardbridge.install import Machine
from cardbridge.texts import LANGUAGES, text

from cardbridge import doctor, policy


@dataclass
class Slot:
    """What `operations.status` tells of one reader."""

    problem: str | None = None
    reader: str = "Reader 0"
    profile: str | None = "generic-pkcs15"
    atr: bytes = bytes.fromhex("3BFD")


def raises(error: Exception) -> Any:
    def fail() -> Any:
        raise error

    return fail


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """A machine on which everything is in order."""
    home, root = tmp_path / "home", tmp_path / "root"
    (home / ".config/chromium/Default/Extensions/ncibgoaomkmdpilpocfeponihegamlic").mkdir(parents=True)
    root.mkdir()
    host = tmp_path / "cardbridge-host"
    host.write_text("#!", encoding="utf-8")
    manifest = home / ".config/chromium/NativeMessagingHosts/eu.webeid.json"
    manifest.parent.mkdir()
    manifest.write_text(json.dumps({"path": str(host)}), encoding="utf-8")
    return Facts(
        machine=Machine(home, home / ".config", root, lambda _: None, host),
        service_path="/run/pcscd/pcscd.comm",
        service=lambda: "ok",
        has_pyscard=lambda: True,
        cards=lambda: [Slot()],  # type: ignore[list-item]
        settings=lambda: None,
        settings_path=Path("/home/config.toml"),
        serving=lambda: True,
    )


def found(facts: Facts) -> list[tuple[str, str]]:
    """Outcome and name of each finding that is not in order; every one has its words in both languages."""
    findings = doctor.examine(facts)
    for finding in findings:
        for language in LANGUAGES:
            assert text(language, *finding.words, **finding.blanks)
    return [(finding.outcome, finding.words[-1]) for finding in findings if finding.outcome != "ok"]


def with_cards(facts: Facts, *slots: Slot) -> Facts:
    return replace(facts, cards=lambda: list(slots))


def test_where_all_is_well_every_link_is_named(facts: Facts) -> None:
    names = [finding.words[-1] for finding in doctor.examine(facts)]
    assert names == [
        "pcscd-ok",
        "pyscard-ok",
        "reader-ok",
        "driver-ok",
        "card-ok",
        "browser-ok",
        "extension-ok",
        "manifest-ok",
        "settings-ok",
        "serve-ok",
    ]


@pytest.mark.parametrize("state", ["absent", "denied", "dead"])
def test_without_the_card_service_reader_and_card_are_not_guessed(facts: Facts, state: Any) -> None:
    ill = replace(facts, service=lambda: state, cards=lambda: pytest.fail("asked"))
    assert found(ill) == [
        ("missing", f"pcscd-{state}"),
        ("missing", "reader-absent"),
        ("missing", "driver-absent"),
        ("unknown", "card-unknown"),
    ]


def test_a_missing_library_is_named(facts: Facts) -> None:
    ill = replace(facts, has_pyscard=lambda: False, cards=lambda: pytest.fail("asked"))
    assert found(ill)[0] == ("missing", "pyscard-absent")


def plug_in_usb_reader(facts: Facts) -> None:
    interface = facts.machine.root / "sys/bus/usb/devices/1-1:1.0/bInterfaceClass"
    interface.parent.mkdir(parents=True)
    interface.write_text("0b\n", encoding="ascii")


def test_no_reader_is_told_from_a_reader_that_the_service_does_not_see(facts: Facts) -> None:
    ill = replace(facts, cards=raises(CardError("no-reader")))
    assert ("missing", "reader-absent") in found(ill)
    plug_in_usb_reader(facts)
    assert ("missing", "reader-undriven") in found(ill)


def test_a_reader_that_is_plugged_in_waits_for_the_service(facts: Facts) -> None:
    plug_in_usb_reader(facts)
    assert ("unknown", "reader-unknown") in found(replace(facts, service=lambda: "absent"))


@pytest.mark.parametrize("folder", ["usr/lib/pcsc/drivers", "usr/lib64/pcsc/drivers"])
def test_the_driver_is_looked_for_where_no_reader_shows_that_it_works(facts: Facts, folder: str) -> None:
    ill = replace(facts, cards=raises(CardError("no-reader")))
    assert ("missing", "driver-absent") in found(ill)
    (facts.machine.root / folder / "ifd-ccid.bundle").mkdir(parents=True)
    assert ("missing", "driver-absent") not in found(ill)


def test_a_fault_of_the_service_leaves_the_card_unknown(facts: Facts) -> None:
    assert ("unknown", "card-unknown") in found(replace(facts, cards=raises(CardError("no-pcsc"))))


def test_an_empty_reader_is_named(facts: Facts) -> None:
    assert found(with_cards(facts, Slot("no-card"))) == [("missing", "card-absent")]


@pytest.mark.parametrize("problem", ["foreign-card", "card-busy", "card-fault", "card-removed", "unsupported"])
def test_a_card_that_cannot_be_used_says_why(facts: Facts, problem: str) -> None:
    ill = with_cards(facts, Slot("no-card"), Slot(problem))
    assert found(ill) == [("missing", f"card-{problem}")]


def test_a_foreign_card_is_named_by_its_atr(facts: Facts) -> None:
    finding = next(
        finding
        for finding in doctor.examine(with_cards(facts, Slot("foreign-card")))
        if finding.outcome == "missing"
    )
    assert "(3B FD)" in text("en", *finding.words, **finding.blanks)


def test_one_usable_card_beside_another_is_enough_and_two_are_too_many(facts: Facts) -> None:
    assert found(with_cards(facts, Slot("foreign-card"), Slot())) == []
    assert found(with_cards(facts, Slot(), Slot())) == [("missing", "card-several-cards")]


def test_no_browser_is_named(facts: Facts, tmp_path: Path) -> None:
    machine = replace(facts.machine, home=tmp_path / "empty", config=tmp_path / "empty")
    assert found(replace(facts, machine=machine)) == [
        ("missing", "browser-absent"),
        ("note", "extension-absent"),
        ("note", "manifest-absent"),
    ]


def test_a_browser_in_a_box_is_a_note(facts: Facts) -> None:
    (facts.machine.root / "snap/firefox").mkdir(parents=True)
    assert found(facts) == [("note", "browser-boxed")]


def test_without_the_extension_or_its_manifest_one_can_still_sign_in(facts: Facts) -> None:
    (facts.machine.config / "chromium/Default/Extensions/ncibgoaomkmdpilpocfeponihegamlic").rmdir()
    (facts.machine.config / "chromium/NativeMessagingHosts/eu.webeid.json").unlink()
    assert found(facts) == [("note", "extension-absent"), ("note", "manifest-absent")]


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ({"path": "/usr/bin/web-eid"}, ("note", "manifest-foreign")),
        ([], ("note", "manifest-foreign")),
        ({"path": "/gone/cardbridge-host"}, ("missing", "manifest-broken")),
    ],
)
def test_a_manifest_that_starts_something_else_or_nothing_is_named(
    facts: Facts, content: Any, outcome: tuple[str, str]
) -> None:
    path = facts.machine.config / "chromium/NativeMessagingHosts/eu.webeid.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert found(facts) == [outcome]


def test_settings_with_a_fault_are_named(facts: Facts) -> None:
    fault = policy.BadSettingsError("unknown-name", "orgins")
    assert found(replace(facts, settings=raises(fault))) == [("missing", "unknown-name")]


def test_a_program_that_is_not_open_is_named(facts: Facts) -> None:
    assert found(replace(facts, serving=lambda: False)) == [("missing", "serve-absent")]


def test_the_services_socket_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "pcscd.comm"
    assert doctor.service_at(str(path)) == "absent"
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(path))
        assert doctor.service_at(str(path)) == "dead"
        service.listen()
        assert doctor.service_at(str(path)) == "ok"


def test_another_place_of_the_services_socket_is_respected() -> None:
    """pcsc-lite's clients look there."""
    elsewhere = Facts.of({"PCSCLITE_CSOCK_NAME": "/x/pcscd.comm", "HOME": "/home/nino"}, list)
    assert elsewhere.service_path == "/x/pcscd.comm"
    assert Facts.of({"HOME": "/home/nino"}, list).service_path == "/run/pcscd/pcscd.comm"


def test_every_finding_says_what_to_do_with_a_command_or_a_hand() -> None:
    """R9.3"""
    acts = (
        "sudo ",
        "cardbridge ",
        "Insert",
        "Connect",
        "Check",
        "Close",
        "Install",
        "Leave",
        "Wipe",
        "Turn to",
        "Switch",
        "Put",
        "put right",
    )
    for name in (
        "pcscd-absent",
        "pcscd-denied",
        "pcscd-dead",
        "pyscard-absent",
        "reader-absent",
        "reader-undriven",
        "reader-unknown",
        "driver-absent",
        "card-absent",
        "card-unknown",
        "card-card-busy",
        "card-card-fault",
        "card-card-removed",
        "card-several-cards",
        "browser-absent",
        "manifest-broken",
        "serve-absent",
    ):
        said = text("en", "doctor", name, path="X", atr="X")
        assert any(act in said for act in acts), name
