"""`make check` and `make test`: every check and every suite, and one closing line with the sum."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.bootstrap import LOCAL, ROOT, VENV, WEB, node_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REPORTS = LOCAL / "reports"
BIN = VENV / "bin"
# The order in which suites run: what is quick and tells most comes first. Others follow by name.
FIRST_SUITES = ("unit", "integration", "faults")
NO_TESTS = 5  # pytest's exit code
OWN_COUNT = re.compile(r"(\d+) passed, (\d+) failed")


@dataclass(frozen=True)
class Count:
    """How many checks or tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def check(environment: Mapping[str, str]) -> Count:
    """Lint, format, types and layers, of Python and TypeScript; each counts as one."""
    # Packages that are installed elsewhere lie one folder deeper than their names.
    paths = os.pathsep.join(str(ROOT / package) for package in ("providerkit", "cardbridge"))
    commands: tuple[tuple[str, Sequence[str], Path], ...] = (
        ("ruff check", [str(BIN / "ruff"), "check", "."], ROOT),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], ROOT),
        ("mypy", [str(BIN / "mypy")], ROOT),
        ("import-linter", [str(BIN / "lint-imports")], ROOT),
        ("TypeScript", ["npm", "run", "--silent", "check"], WEB),
    )
    total = Count()
    for name, command, folder in commands:
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        word = "ok" if done.returncode == 0 else "FAILED"
        print(f"  {name.ljust(20)} {word} ({time.monotonic() - begun:.1f} s)", flush=True)
        if done.returncode:
            print(done.stdout + done.stderr, flush=True)
        total += Count(failed=1) if done.returncode else Count(passed=1)
    return total


def suites() -> list[str]:
    """The folders of `tests/` with Python tests, in the order in which they run."""
    found = {path.name for path in (ROOT / "tests").iterdir() if any(path.rglob("test_*.py"))}
    return [*(name for name in FIRST_SUITES if name in found), *sorted(found - set(FIRST_SUITES))]


def test(environment: Mapping[str, str]) -> Count:
    """Run every suite, the slow ones in browsers last."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in REPORTS.glob("*.xml"):
        old.unlink()
    found = suites()
    quick = [suite for suite in found if suite in FIRST_SUITES]
    total = Count()
    for suite in [*quick, "web", *(suite for suite in found if suite not in quick)]:
        print(f"\n{suite}", flush=True)
        total += run_web(environment) if suite == "web" else run_pytest(suite, environment)
    return total


def run_pytest(suite: str, environment: Mapping[str, str]) -> Count:
    """Run one folder of tests."""
    report = REPORTS / f"{suite}.xml"
    command = [str(BIN / "python"), "-m", "pytest", f"tests/{suite}", "--quiet", f"--junitxml={report}"]
    code = _shown(command, environment, ROOT)
    return Count() if code == NO_TESTS else counted(report, code)


def run_web(environment: Mapping[str, str]) -> Count:
    """Run the site's own tests, then its screens in Chromium."""
    report = REPORTS / "web.xml"
    reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
    code = _shown(["npm", "test", "--silent", "--", *reporters], environment, WEB)
    total = counted(report, code)
    print("\nscreens", flush=True)
    done = subprocess.run(
        ["npm", "run", "--silent", "screens"],
        cwd=WEB,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    return total + screens_counted(done.stdout, done.returncode)


def screens_counted(said: str, code: int) -> Count:
    """What the screens' program says about itself in its last line, or one test if it does not."""
    own = OWN_COUNT.findall(said)
    passed, failed = map(int, own[-1]) if own else (int(code == 0), int(code != 0))
    return Count(passed, failed if code == 0 else max(1, failed))


def counted(report: Path, code: int) -> Count:
    """The sum of a JUnit report; a suite that broke off counts as a failure more."""
    if not report.exists():
        return Count(failed=1)
    total = failed = skipped = 0
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  # our own programs wrote it
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return Count(max(0, total - failed - skipped), failed or int(code != 0), skipped)


def _shown(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, env=dict(environment), check=False).returncode


def clean_environment() -> dict[str, str]:
    """This environment with a good Node, without what would lead a test to a real cloud."""
    return {name: value for name, value in node_environment().items() if not name.startswith("AWS_")}


def main() -> int:
    """Check, and unless told otherwise test; the exit code says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check-only", action="store_true")
    arguments = parser.parse_args()
    begun = time.monotonic()
    environment = clean_environment()
    print("check", flush=True)
    total = check(environment)
    if not arguments.check_only:
        total += test(environment)
    skipped = f" ({total.skipped} skipped)" if total.skipped else ""
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{total.passed} passed, {total.failed} failed{skipped} in {minutes:.1f} min", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
