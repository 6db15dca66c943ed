"""Host manifests: for this user, for the browsers that are here, never over another program's (R2.3)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cardbridge.install import BROWSERS, Browser, Machine
from cardbridge.texts import text

from cardbridge import install

GENUINE = {"name": "eu.webeid", "path": "/usr/bin/web-eid", "type": "stdio"}
CHROMIUM = next(browser for browser in BROWSERS if browser.name == "Chromium")
FIREFOX = next(browser for browser in BROWSERS if browser.name == "Firefox")
TEST_EXTENSION = "abcdefghijklmnopabcdefghijklmnop"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A home with every browser, in a machine without anything else."""
    home, root = tmp_path / "home", tmp_path / "root"
    for browser in BROWSERS:
        (home / browser.folders[0]).mkdir(parents=True)
    root.mkdir()
    return Machine(home, home / ".config", root, lambda _: None, Path("/opt/cardbridge/bin/cardbridge-host"))


class Told:
    """Keeps what was said, in English."""

    def __init__(self) -> None:
        self.said = ""
        self.names: list[str] = []

    def __call__(self, *path: str, **blanks: object) -> None:
        self.names.append(path[-1])
        self.said += text("en", *path, **blanks) + "\n"


def installed(machine: Machine, *extensions: str, agrees: bool = True) -> tuple[int, Told]:
    told = Told()
    return install.install(machine, extensions, told, lambda: agrees), told


def manifest(machine: Machine, browser: Browser) -> Any:
    return json.loads(machine.manifest(browser).read_text(encoding="utf-8"))


def put(path: Path, content: str | dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_each_browser_gets_its_manifest_where_it_looks(machine: Machine) -> None:
    code, told = installed(machine)
    assert code == 0
    assert told.names == ["written"] * 5
    assert {str(path.relative_to(machine.home)) for path in machine.home.rglob("eu.webeid.json")} == {
        ".config/chromium/NativeMessagingHosts/eu.webeid.json",
        ".config/google-chrome/NativeMessagingHosts/eu.webeid.json",
        ".config/microsoft-edge/NativeMessagingHosts/eu.webeid.json",
        ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts/eu.webeid.json",
        ".mozilla/native-messaging-hosts/eu.webeid.json",
    }


def test_a_manifest_lets_the_public_extension_start_the_host_and_nobody_else(machine: Machine) -> None:
    installed(machine)
    shared = {
        "name": "eu.webeid",
        "description": "cardbridge: the ID card for the Web eID extension",
        "path": "/opt/cardbridge/bin/cardbridge-host",
        "type": "stdio",
    }
    assert manifest(machine, CHROMIUM) == shared | {
        "allowed_origins": [
            "chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/",
            "chrome-extension://gnmckgbandlkacikdndelhfghdejfido/",
        ]
    }
    assert manifest(machine, FIREFOX) == shared | {
        "allowed_extensions": ["{e68418bc-f2b0-4459-a9ea-3e72b6751b07}"]
    }


def test_another_extension_is_let_in_by_its_id_in_its_own_browser(machine: Machine) -> None:
    assert installed(machine, TEST_EXTENSION, "test@karibche.example")[0] == 0
    assert manifest(machine, CHROMIUM)["allowed_origins"][2:] == [f"chrome-extension://{TEST_EXTENSION}/"]
    assert manifest(machine, FIREFOX)["allowed_extensions"][1:] == ["test@karibche.example"]


@pytest.mark.parametrize(
    "extension",
    [
        "",
        "x",
        "*",
        "chrome-extension://abc/",
        TEST_EXTENSION.upper(),
        TEST_EXTENSION + "a",
        "a b@c",
        "{1234}",
        f"{TEST_EXTENSION}\n",
    ],
)
def test_what_is_no_extension_is_refused_and_nothing_is_written(machine: Machine, extension: str) -> None:
    code, told = installed(machine, extension)
    assert (code, told.names) == (2, ["bad-extension"])
    assert not list(machine.home.rglob("eu.webeid.json"))


@pytest.mark.parametrize(
    "content",
    [json.dumps(GENUINE), "", "{", "[]", "{}", '{"path": 1}', '{"path": "/opt/evil/cardbridge-host.sh"}'],
)
def test_another_programs_manifest_is_never_changed(machine: Machine, content: str) -> None:
    path = put(machine.manifest(CHROMIUM), content)
    code, told = installed(machine)
    assert code == 1
    assert path.read_text(encoding="utf-8") == content
    assert told.names == ["kept", *["written"] * 4]
    assert str(path) in told.said


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_not_written_through(machine: Machine, *, exists: bool) -> None:
    target = machine.root / "elsewhere.json"
    if exists:
        put(target, {"path": "/opt/cardbridge/bin/cardbridge-host"})
    path = machine.manifest(CHROMIUM)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    code, told = installed(machine)
    assert (code, told.names[0]) == (1, "kept")
    assert path.is_symlink()
    assert target.exists() is exists


def test_our_own_manifest_is_renewed_wherever_the_program_was(machine: Machine) -> None:
    put(machine.manifest(CHROMIUM), {"path": "/home/nino/old/bin/cardbridge-host"})
    assert installed(machine)[0] == 0
    assert manifest(machine, CHROMIUM)["path"] == "/opt/cardbridge/bin/cardbridge-host"


@pytest.mark.parametrize(
    "place",
    [
        "etc/chromium/native-messaging-hosts",
        "usr/lib/mozilla/native-messaging-hosts",
        "etc/opt/chrome/native-messaging-hosts",
    ],
)
def test_beside_the_genuine_app_nothing_is_written_without_a_yes(machine: Machine, place: str) -> None:
    path = put(machine.root / place / "eu.webeid.json", GENUINE)
    code, told = installed(machine, agrees=False)
    assert (code, told.names) == (1, ["beside", "declined"])
    assert str(path) in told.said
    assert not list(machine.home.rglob("eu.webeid.json"))
    assert installed(machine, agrees=True)[0] == 0
    assert json.loads(path.read_text(encoding="utf-8")) == GENUINE


def test_no_question_is_asked_where_the_genuine_app_is_not(machine: Machine) -> None:
    told = Told()
    assert install.install(machine, (), told, lambda: pytest.fail("asked")) == 0


def test_only_browsers_that_are_here_are_connected(machine: Machine) -> None:
    for browser in BROWSERS:
        (machine.home / browser.folders[0]).rmdir()
    none = installed(machine)
    assert (none[0], none[1].names) == (1, ["no-browser"])
    programs = {"chromium": "/usr/bin/chromium"}
    code, told = installed(replace(machine, which=programs.get))
    assert (code, told.names) == (0, ["written"])
    assert [path.parent.parent.name for path in machine.home.rglob("eu.webeid.json")] == ["chromium"]


def test_firefox_is_found_in_its_newer_folder_and_still_looks_in_the_older(machine: Machine) -> None:
    (machine.home / ".mozilla" / "firefox").rmdir()
    (machine.config / "mozilla" / "firefox").mkdir(parents=True)
    assert machine.installed(FIREFOX)
    installed(machine)
    assert (machine.home / ".mozilla/native-messaging-hosts/eu.webeid.json").is_file()


def test_a_configuration_folder_elsewhere_is_respected(machine: Machine, tmp_path: Path) -> None:
    moved = replace(machine, config=tmp_path / "elsewhere")
    (moved.config / "chromium").mkdir(parents=True)
    installed(moved)
    assert (moved.config / "chromium/NativeMessagingHosts/eu.webeid.json").is_file()


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("root/snap/firefox", "Firefox was installed with Snap"),
        ("root/var/lib/flatpak/app/org.mozilla.firefox", "Firefox was installed with Flatpak"),
        ("home/.local/share/flatpak/app/com.google.Chrome", "Chrome was installed with Flatpak"),
        ("root/snap/chromium", "Chromium was installed with Snap"),
    ],
)
def test_a_browser_in_a_box_is_told_of_in_words(machine: Machine, tmp_path: Path, folder: str, words: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    told = installed(machine)[1]
    assert words in told.said
    assert "sign in with the card all the same" in told.said


def test_a_snaps_starter_is_no_browser_that_can_be_connected(machine: Machine) -> None:
    for browser in BROWSERS:
        (machine.home / browser.folders[0]).rmdir()
    boxed = replace(machine, which={"firefox": "/snap/bin/firefox"}.get)
    assert not boxed.installed(FIREFOX)


def test_without_the_host_nothing_is_written(machine: Machine) -> None:
    code, told = installed(replace(machine, host=None))
    assert (code, told.names) == (1, ["no-host"])
    assert not list(machine.home.rglob("eu.webeid.json"))


def test_a_folder_that_cannot_be_written_is_named(machine: Machine) -> None:
    put(machine.home / ".config/chromium/NativeMessagingHosts", "a file where a folder should be")
    code, told = installed(machine)
    assert (code, told.names) == (1, ["unwritable", *["written"] * 4])
    assert ".config/chromium/NativeMessagingHosts" in told.said


def test_uninstalling_removes_ours_and_leaves_others(machine: Machine) -> None:
    installed(machine)
    other = put(machine.manifest(FIREFOX), GENUINE)
    told = Told()
    assert install.uninstall(machine, told) == 0
    assert told.names == ["removed"] * 4 + ["not-ours"]
    assert [*machine.home.rglob("eu.webeid.json")] == [other]
    assert json.loads(other.read_text(encoding="utf-8")) == GENUINE


def test_uninstalling_where_nothing_is_says_so(machine: Machine) -> None:
    told = Told()
    assert install.uninstall(machine, told) == 0
    assert told.names == ["nothing"]


def test_the_host_is_found_beside_this_python_and_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", "")
    assert install.find_host() is None
    host = put(tmp_path / "bin" / "cardbridge-host", "#!")
    assert install.find_host() == host


def test_an_installed_extension_is_seen_in_any_profile(machine: Machine) -> None:
    assert not any(map(machine.has_extension, BROWSERS))
    (machine.home / ".config/chromium/Profile 1/Extensions/ncibgoaomkmdpilpocfeponihegamlic").mkdir(parents=True)
    put(machine.home / ".mozilla/firefox/x.default/extensions/{e68418bc-f2b0-4459-a9ea-3e72b6751b07}.xpi", "")
    assert [browser.name for browser in BROWSERS if machine.has_extension(browser)] == ["Chromium", "Firefox"]
