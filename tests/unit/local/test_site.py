from pathlib import Path

import pytest

from local.site import ASK_FIRST, FOR_EVER, BadPathError, Site, decoded

ROUTES = """[
  {"path": "/", "redirect": "/ka/"},
  {"prefix": "/ka/operator", "shell": "/operator/ka.html"},
  {"prefix": "/ka", "shell": "/citizen/ka.html"}
]"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    pages = tmp_path / "dist"
    for name, content in {
        "citizen/ka.html": "citizen",
        "operator/ka.html": "operator",
        "assets/app-Ab3dE9xZ.js": "script",
        "assets/plain.css": "style",
        "favicon.svg": "<svg/>",
        "ka/about/index.html": "about",
        ".stamp": "hidden",
    }.items():
        file = pages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue/index.json").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "routes.json").write_text(ROUTES)
    return Site(pages, tmp_path / "catalogue", tmp_path / "routes.json")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/ka", b"citizen"),
        ("/ka/", b"citizen"),
        ("/ka/my/requests/req_01", b"citizen"),
        ("/ka/operator", b"operator"),
        ("/ka/operator/citizens", b"operator"),
        ("/ka/operators", b"citizen"),
        ("/ka/%E1%83%A1%E1%83%94%E1%83%A0%E1%83%95%E1%83%98%E1%83%A1%E1%83%98", b"citizen"),
        ("/ka/about/", b"about"),
        ("/favicon.svg", b"<svg/>"),
        ("/catalogue/index.json", b"{}"),
    ],
)
def test_each_address_is_served_by_its_shell_or_file(site: Site, path: str, content: bytes) -> None:
    page = site.find(path)
    assert (page.status, page.content) == (200, content)


def test_the_bare_address_leads_to_georgian(site: Site) -> None:
    page = site.find("/")
    assert (page.status, page.location) == (302, "/ka/")


@pytest.mark.parametrize("path", ["/kab", "/ka/app.js", "/de/", "/assets/gone-Ab3dE9.js", "/catalogue/none"])
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    assert site.find(path).status == 404


def test_the_sites_own_page_says_that_something_is_not_there(site: Site, tmp_path: Path) -> None:
    (tmp_path / "dist/404.html").write_text("ვერ მოიძებნა")
    page = site.find("/gone.png")
    assert (page.status, page.content.decode()) == (404, "ვერ მოიძებნა")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/ka/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/ka/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/catalogue/..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/.stamp",
        "/ka/%00",
        "/ka/%ff",
        "/%c0%ae%c0%ae/secret.txt",
        "secret.txt",
    ],
)
def test_a_path_that_climbs_out_hides_or_is_not_utf8_is_refused(site: Site, path: str) -> None:
    with pytest.raises(BadPathError):
        site.find(path)


def test_a_link_out_of_the_site_is_not_followed(site: Site, tmp_path: Path) -> None:
    (tmp_path / "dist/leak.txt").symlink_to(tmp_path / "secret.txt")
    assert site.find("/leak.txt").status == 404


def test_only_files_named_by_their_content_may_be_kept(site: Site) -> None:
    assert site.find("/assets/app-Ab3dE9xZ.js").cache_control == FOR_EVER
    assert site.find("/assets/plain.css").cache_control == ASK_FIRST
    assert site.find("/ka").cache_control == ASK_FIRST


def test_a_percent_sign_that_encodes_nothing_stays(site: Site) -> None:
    assert decoded("/ka/100%") == "/ka/100%"
