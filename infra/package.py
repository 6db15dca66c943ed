"""Builds what is deployed: one SAM template and the zip that its functions share.

    python -m infra.package --stage dev --out build/dev

The result is a standard one: `aws cloudformation package` and the SAM CLI can take it from there.
"""

import argparse
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import chalice
import chalice.app

from infra.dependencies import CACHE, LAMBDA_FOLDER, MissingDependency, add_files, dependencies_zip
from infra.stages import DEFAULT_REGION, ROOT, STAGES, Stage
from infra.template import complete

_RECEIPT = "package.json"
_TEMPLATE = "template.json"
_TOOLS = ("chalice", "troposphere")


@dataclass(frozen=True)
class Package:
    """A stage's template and zip, on disk. The template's `CodeUri` names the zip relative to itself."""

    stage: str
    template: Path
    artefact: Path

    def read_template(self) -> dict[str, Any]:
        """Return the template."""
        found: dict[str, Any] = json.loads(self.template.read_text(encoding="utf-8"))
        return found


class PackagingFailed(Exception):
    """Chalice could not read the application; the message is its own."""


def package(stage_name: str, output_dir: Path, project: Path = ROOT, cache: Path = CACHE) -> Package:
    """Build `stage_name` into `output_dir`, or return what lies there if nothing has changed since.

    Raises KeyError for an unknown stage, `infra.dependencies.MissingDependency` for a requirement that
    cannot be shipped, and PackagingFailed when Chalice refuses `app.py`.
    """
    stage = STAGES[stage_name]
    fingerprint = _fingerprint(stage, project)
    built = _built(stage_name, output_dir, fingerprint)
    if built:
        return built
    output_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output_dir) as scratch:
        artefact = _artefact(stage, project, cache, Path(scratch))
        template = render(stage_name, artefact.name, project)
        text = json.dumps(template, indent=1, sort_keys=True, ensure_ascii=False)
        draft = Path(scratch) / _TEMPLATE
        draft.write_text(text + "\n", encoding="utf-8")
        for old in output_dir.glob(f"karibche-{stage_name}-*.zip"):
            old.unlink()
        artefact = artefact.rename(output_dir / artefact.name)
        draft = draft.rename(output_dir / _TEMPLATE)
    receipt = {"fingerprint": fingerprint, "artefact": artefact.name}
    (output_dir / _RECEIPT).write_text(json.dumps(receipt), encoding="utf-8")
    return Package(stage_name, draft, artefact)


def render(stage_name: str, artefact: str, project: Path = ROOT) -> dict[str, Any]:
    """Return the SAM template of a stage, whose functions use the zip `artefact` beside it.

    Raises PackagingFailed when Chalice refuses `app.py`.
    """
    template = complete(_chalice_template(stage_name, project), STAGES[stage_name], project / "catalogue")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"./{artefact}"
    return template


def _built(stage: str, output_dir: Path, fingerprint: str) -> Package | None:
    """Return the package in `output_dir` if it is the one with this fingerprint."""
    receipt = output_dir / _RECEIPT
    if not receipt.exists():
        return None
    found = json.loads(receipt.read_text(encoding="utf-8"))
    built = Package(stage, output_dir / _TEMPLATE, output_dir / found["artefact"])
    complete_on_disk = built.template.exists() and built.artefact.exists()
    return built if complete_on_disk and found["fingerprint"] == fingerprint else None


def _fingerprint(stage: Stage, project: Path) -> str:
    """Return a digest of everything that the package is made from."""
    digest = hashlib.sha256(f"{stage} {stage.architecture} {sys.version}".encode())
    for tool in _TOOLS:
        digest.update(f"{tool} {version(tool)}".encode())
    for path, name in _sources(project):
        digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()


def _sources(project: Path) -> list[tuple[Path, str]]:
    """Return the files from which a package is made, with their names in the project."""
    infra = Path(__file__).parent
    found = [
        *((path, f"infra/{path.name}") for path in infra.glob("*.py")),
        *((path, f"catalogue/{path.parent.name}") for path in (project / "catalogue").glob("*/provider.json")),
        *_application(project),
        (project / "requirements.txt", "requirements.txt"),
        (project / ".chalice" / "config.json", ".chalice/config.json"),
    ]
    return sorted(found, key=lambda entry: entry[1])


def _application(project: Path) -> Iterator[tuple[Path, str]]:
    """Yield the portal's own files as they lie in the zip."""
    yield project / "app.py", "app.py"
    for path in (project / "chalicelib").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path, path.relative_to(project).as_posix()


def _runtime() -> Iterator[tuple[Path, str]]:
    """Yield the two files of Chalice that a function needs: what Chalice's own packager takes."""
    yield Path(chalice.__file__), "chalice/__init__.py"
    yield Path(chalice.app.__file__), "chalice/app.py"


def _artefact(stage: Stage, project: Path, cache: Path, scratch: Path) -> Path:
    """Build the zip in `scratch`, named after its contents: under an unchanged name nothing would be deployed."""
    base = dependencies_zip(project / "requirements.txt", stage.architecture, native=stage.embedded, cache=cache)
    archive_path = scratch / "artefact.zip"
    shutil.copyfile(base, archive_path)
    folder = scratch / "own"
    files: list[tuple[Path, str]] = []
    for source, name in (*_application(project), *_runtime()):
        files.append((source, name))
        if source.suffix == ".py":
            files.append(_compiled(source, name, folder))
    with zipfile.ZipFile(archive_path, "a", zipfile.ZIP_DEFLATED) as archive:
        add_files(archive, files)
    digest = hashlib.sha256(archive_path.read_bytes()).hexdigest()
    return archive_path.rename(scratch / f"karibche-{stage.name}-{digest[:32]}.zip")


def _compiled(source: Path, name: str, folder: Path) -> tuple[Path, str]:
    """Return the bytecode of a module and its place in the zip."""
    module = Path(name)
    place = module.parent / "__pycache__" / f"{module.stem}.{sys.implementation.cache_tag}.pyc"
    target = folder / place
    py_compile.compile(
        str(source),
        cfile=str(target),
        dfile=f"{LAMBDA_FOLDER}/{name}",
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return target, place.as_posix()


def _chalice_template(stage: str, project: Path) -> dict[str, Any]:
    """Return the template that Chalice's packager makes of `app.py`, in a process of its own.

    The packager sees the application without its requirements: the zip is ours, so it has none to collect.
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "project"
        (copy / ".chalice").mkdir(parents=True)
        shutil.copyfile(project / ".chalice" / "config.json", copy / ".chalice" / "config.json")
        (copy / "app.py").symlink_to((project / "app.py").resolve())
        (copy / "chalicelib").symlink_to((project / "chalicelib").resolve(), target_is_directory=True)
        done = subprocess.run(
            [sys.executable, "-c", _RUN_PACKAGER, str(copy), str(Path(scratch) / "out"), stage],
            cwd=copy,
            env={"AWS_DEFAULT_REGION": DEFAULT_REGION, **_environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PackagingFailed(done.stderr.strip() or done.stdout.strip())
        found: dict[str, Any] = json.loads((Path(scratch) / "out" / "sam.json").read_text(encoding="utf-8"))
        return found


_RUN_PACKAGER = "import sys; from chalice.api import package_app; package_app(*sys.argv[1:])"


def _environment() -> dict[str, str]:
    """Return this process's environment without credentials or endpoints: packaging reaches no cloud."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def main(arguments: list[str] | None = None) -> int:
    """Build a package and say where it lies."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--out", type=Path, help="folder for the package (build/STAGE)")
    given = parser.parse_args(arguments)
    try:
        built = package(given.stage, given.out or ROOT / "build" / given.stage)
    except (PackagingFailed, MissingDependency) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{built.template}\n{built.artefact} ({built.artefact.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
