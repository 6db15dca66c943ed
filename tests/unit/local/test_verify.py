from pathlib import Path

import pytest

from local.verify import Count, counted, screens_counted, suites

REPORT = """<testsuites><testsuite name="a" tests="5" failures="1" errors="1" skipped="1"/>
<testsuite name="b" tests="2" failures="0" skipped="0"/></testsuites>"""


def test_a_report_is_summed_over_its_suites(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text(REPORT)
    assert counted(report, 1) == Count(passed=4, failed=2, skipped=1)


def test_a_suite_that_broke_off_counts_as_failed(tmp_path: Path) -> None:
    assert counted(tmp_path / "none.xml", 2) == Count(failed=1)
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="3" failures="0" errors="0" skipped="0"/></testsuites>')
    assert counted(report, 3) == Count(passed=3, failed=1)
    assert counted(report, 0) == Count(passed=3)


@pytest.mark.parametrize(
    ("said", "code", "count"),
    [
        ("…\n12 passed, 0 failed", 0, Count(12, 0)),
        ("12 passed, 0 failed", 1, Count(12, 1)),
        ("11 passed, 1 failed", 1, Count(11, 1)),
        ("done", 0, Count(1, 0)),
        ("Error: no Chromium", 1, Count(0, 1)),
    ],
)
def test_the_screens_count_themselves_or_count_as_one(said: str, code: int, count: Count) -> None:
    assert screens_counted(said, code) == count


def test_every_folder_of_tests_is_run_the_quick_ones_first() -> None:
    assert suites()[:2] == ["unit", "integration"]
