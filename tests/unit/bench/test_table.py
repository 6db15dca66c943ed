from bench.table import WIDTH, Section, quantile, rendered


def test_a_quantile_lies_between_the_values_beside_it() -> None:
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0
    assert quantile(list(range(11)), 0.9) == 9.0
    assert quantile([1.0, 2.0], 0.5) == 1.5
    assert quantile([4.0], 0.9) == 4.0


def test_numbers_stand_under_each_other_and_nothing_is_wider_than_the_table() -> None:
    section = Section(
        "Title", ("", "ms", "which"), [("short", "5", "word " * 40), ("much longer", "123", "x")], "n"
    )

    title, head, first, *rest = rendered(section).splitlines()

    assert title == "Title"
    assert head.index("ms") + 1 == first.index("5")
    assert head.index("which") == first.index("word") == rest[0].index("word")
    assert all(len(line) <= WIDTH for line in (head, first, *rest))
    assert rest[-1] == "  n"


def test_a_last_column_of_numbers_stands_to_the_right() -> None:
    lines = rendered(Section("Title", ("", "most"), [("a", "1"), ("b", "12345")], "")).splitlines()

    assert len({len(line) for line in lines[1:4]}) == 1
