from pathlib import Path

from bench.imports import Reading, _import, ratio


def test_rounds_are_compared_with_each_other() -> None:
    """A machine that is slow for a while is slow for both."""
    own = [Reading(seconds, 0, 0) for seconds in (2.0, 20.0, 4.0)]
    other = [Reading(seconds, 0, 0) for seconds in (1.0, 10.0, 1.0)]
    assert ratio(own, other) == 2.0


def test_an_import_is_measured_in_a_process_that_has_its_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import two\ndata = b'x' * 30_000_000", encoding="utf-8")
    (tmp_path / "two.py").write_text("", encoding="utf-8")

    small, large = _import("", str(tmp_path)), _import("import one", str(tmp_path))

    assert (small.modules, large.modules) == (0, 2)
    assert 25_000_000 < large.peak_bytes - small.peak_bytes < 40_000_000
    assert large.seconds > 0
