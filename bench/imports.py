"""What a cold start of the API function costs before its first request: time, memory, modules."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from bench.table import Section

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 15
_CHALICE = "a Chalice app with one route"
_BOTOCORE = "botocore alone"
_API = "the API function (app.py)"

# Each runs in a fresh interpreter that has the standard library and the unpacked zip, as in Lambda.
TARGETS = {
    _CHALICE: "from chalice.app import Chalice\napp = Chalice(app_name='bare')\napp.route('/')(lambda: {})",
    _BOTOCORE: "import botocore.session",
    f"{_BOTOCORE}, and a DynamoDB client": (
        "import botocore.session\nbotocore.session.get_session().create_client('dynamodb')"
    ),
    _API: "import app",
    f"{_API}, and what the first card brings": (
        "import app, urllib3\nfrom cryptography import x509\nfrom cryptography.x509 import ocsp, verification"
    ),
    f"{_API}, and its DynamoDB client": (
        "import app\nfrom chalicelib.core.tables import shared_connection\nshared_connection().client"
    ),
}
# A fork passes its parent's peak on in `ru_maxrss`; `VmHWM` counts from the new program's first moment.
_PROBE = """
import sys, time
sys.path[:] = [path for path in sys.path if "site-packages" not in path and path not in ("", ".")] + [sys.argv[1]]
sys.dont_write_bytecode = True
before = len(sys.modules)
code = compile(sys.argv[2], "target", "exec")
begun = time.perf_counter()
exec(code)
seconds = time.perf_counter() - begun
modules = len(sys.modules) - before
try:
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
except OSError:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import json
print(json.dumps([seconds, peak, modules]))
"""


class Reading(NamedTuple):
    """One import in one process."""

    seconds: float
    peak_bytes: int
    modules: int


def measure(artefact: Path, rounds: int = ROUNDS) -> Section:
    """Import what is in the zip, and what it is compared with, in turn."""
    readings: dict[str, list[Reading]] = {target: [] for target in TARGETS}
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(artefact) as archive:
            archive.extractall(scratch)
        for round_number in range(rounds + 1):
            for target, code in TARGETS.items():
                reading = _import(code, scratch)
                if round_number:  # the first fills the system's cache of files
                    readings[target].append(reading)
    return _section(readings, rounds, artefact)


def _import(code: str, folder: str) -> Reading:
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _PROBE, folder, code],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={
            "HOME": folder,
            "STAGE": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        },
    )
    return Reading(*json.loads(done.stdout.splitlines()[-1]))


def _section(readings: dict[str, list[Reading]], rounds: int, artefact: Path) -> Section:
    rows = []
    for target, own in readings.items():
        rows.append(
            (
                target,
                f"{statistics.median(reading.seconds for reading in own) * 1000:.0f}",
                f"{ratio(own, readings[_CHALICE]):.2f}",
                f"{ratio(own, readings[_BOTOCORE]):.2f}",
                f"{statistics.median(reading.peak_bytes for reading in own) / 1e6:.1f}",
                f"{statistics.median(reading.modules for reading in own):.0f}",
            )
        )
    return Section(
        "Import from the compiled zip",
        ("", "ms", "to Chalice", "to botocore", "peak MB", "modules"),
        rows,
        f"{rounds} rounds in fresh processes, all rows in turn; medians, of the ratios too. Trust the ratios: "
        f"milliseconds vary with the machine. The zip has {artefact.stat().st_size / 1e6:.1f} MB.",
    )


def ratio(own: list[Reading], other: list[Reading]) -> float:
    """How many times as long as the other it took, in the middle of the rounds."""
    return statistics.median(mine.seconds / its.seconds for mine, its in zip(own, other, strict=True))
