"""Which sites may use the card: exact origins and nothing like them (R2.3)."""

from pathlib import Path

import pytest
from cardbridge.policy import BadSettingsError, Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from cardbridge import policy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return policy.settings_file({"HOME": str(tmp_path)})


def written(file: Path, content: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "origin",
    [
        "https://karibche.example",
        "https://localhost",
        "https://xn--lbcd.ge",
        "https://a-b.example.ge:8443",
        "https://10.0.0.1",
        "https://a.ge:65535",
        "https://a.ge:80",
    ],
)
def test_an_https_origin_as_a_browser_writes_it_is_one(origin: str) -> None:
    assert policy.is_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "http://karibche.example",
        "HTTPS://karibche.example",
        "https://My.gov.ge",
        "https://karibche.example/",
        "https://karibche.example/path",
        "https://karibche.example?q",
        "https://karibche.example#f",
        "https://user@karibche.example",
        "https://karibche.example:443",
        "https://karibche.example:0",
        "https://karibche.example:08443",
        "https://karibche.example:65536",
        "https://karibche.example:",
        "https://*.gov.ge",
        "https://.gov.ge",
        "https://gov..ge",
        "https://-a.ge",
        "https://a-.ge",
        "https://karibche.example.",
        "https://მოქალაქე.ge",
        "https://karibche.example\n",
        " https://karibche.example",
        "https://" + "a." * 124 + "ge",
        "https://" + "a" * 64 + ".ge",
        "https://karibche.example:१२३",
    ],
)
def test_whatever_no_browser_writes_is_no_origin(text: str) -> None:
    assert not policy.is_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost",
        "http://localhost:80",
        "http://localhost:0",
        "http://localhost:65536",
        "http://127.0.0.1:8000",
        "http://localhost:8000/",
        "https://localhost:8000",
        "http://localhost.evil.ge:8000",
        "http://localhost:8000\n",
    ],
)
def test_a_developers_site_is_localhost_with_a_port_only(text: str) -> None:
    assert policy.is_developer_origin("http://localhost:8000")
    assert not policy.is_developer_origin(text)


@settings(deadline=None)  # others may use the machine
@given(
    st.text(max_size=60)
    | st.sampled_from(["https://karibche.example", "https://example.ge"]).flatmap(
        lambda known: st.tuples(st.text(max_size=3), st.text(max_size=3)).map(
            lambda ends: ends[0] + known + ends[1]
        )
    )
)
def test_only_the_very_strings_on_the_list_are_allowed(origin: str) -> None:
    rules = policy.policy(Settings(origins=("https://example.ge",)), ["http://localhost:8000"])
    assert rules.allows(origin) == (
        origin in {"https://karibche.example", "https://example.ge", "http://localhost:8000"}
    )


def test_the_three_lists_are_joined() -> None:
    rules = policy.policy(Settings(origins=("https://example.ge",)), ["http://localhost:8000"])
    assert rules.origins == {*policy.PACKAGED, "https://example.ge", "http://localhost:8000"}
    assert policy.policy(Settings()).origins == set(policy.PACKAGED)
    assert all(map(policy.is_origin, policy.PACKAGED))


def test_settings_that_are_not_there_are_empty(file: Path) -> None:
    assert policy.read_settings(file) == Settings()


def test_settings_are_read(file: Path) -> None:
    written(file, 'origins = ["https://example.ge"]\npkcs11_module = "/usr/lib/opensc-pkcs11.so"\n')
    assert policy.read_settings(file) == Settings(("https://example.ge",), "/usr/lib/opensc-pkcs11.so")


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        ("origins = [", "unreadable", ""),
        ('orgins = ["https://example.ge"]', "unknown-name", "orgins"),
        ('origins = "https://example.ge"', "wrong-type", "origins"),
        ("origins = [1]", "not-an-origin", "1"),
        ('origins = ["http://localhost:8000"]', "not-an-origin", "http://localhost:8000"),
        ('origins = ["https://*.ge"]', "not-an-origin", "https://*.ge"),
        ("pkcs11_module = 1", "wrong-type", "pkcs11_module"),
        ('pkcs11_module = "opensc-pkcs11.so"', "wrong-type", "pkcs11_module"),
    ],
)
def test_settings_with_a_fault_are_not_used_in_part(file: Path, content: str, reason: str, detail: str) -> None:
    with pytest.raises(BadSettingsError) as caught:
        policy.read_settings(written(file, content))
    assert caught.value.reason == reason
    assert detail in caught.value.detail


def test_settings_that_are_no_text_are_a_fault(file: Path) -> None:
    written(file, "")
    file.write_bytes(b"\xff")
    with pytest.raises(BadSettingsError, match="unreadable"):
        policy.read_settings(file)


def test_an_origin_is_added_once_and_the_rest_is_kept(file: Path) -> None:
    written(file, r"""pkcs11_module = '/usr/lib/"odd"\name.so'""" + "\n")
    for _ in range(2):
        policy.allow(file, "https://example.ge")
    policy.allow(file, "https://other.example.ge:8443")
    assert policy.read_settings(file) == Settings(
        ("https://example.ge", "https://other.example.ge:8443"), '/usr/lib/"odd"\\name.so'
    )
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_what_is_no_origin_is_not_added(file: Path) -> None:
    with pytest.raises(BadSettingsError, match="not-an-origin"):
        policy.allow(file, "http://example.ge")
    assert not file.exists()


def test_settings_are_where_xdg_has_them(tmp_path: Path) -> None:
    assert policy.settings_file({"XDG_CONFIG_HOME": "/x"}) == Path("/x/cardbridge/config.toml")
    assert policy.settings_file({"HOME": str(tmp_path)}) == tmp_path / ".config/cardbridge/config.toml"
