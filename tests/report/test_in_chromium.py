"""The report as managers have it: in a real browser, light and dark, wide and narrow, on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.chromium import Tab, chromium
from tests.report.long import make_long
from tests.report.reports import report_of
from tui.report.availability_page import page

pytestmark = pytest.mark.slow

WIDEST = """
Math.max(...[...document.querySelectorAll("main *:not(thead, thead *)")]
    .map(one => one.getBoundingClientRect().right))
"""
MIDDLE = """
(() => {
    const shown = [...document.querySelectorAll(".timeline")].filter(one => one.clientWidth);
    const box = shown[0].querySelector(".there").getBoundingClientRect();
    return [shown.length, box.left + box.width / 4, box.top + box.height / 2 + scrollY];
})()
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A day in which a server crashed, a region was lost, and our link was down."""
    folder = tmp_path_factory.mktemp("day")
    make_long(folder / "day.conntop", clients=120, every=30)
    written = folder / "report.html"
    written.write_text(page(report_of(folder / "day.conntop")), encoding="utf-8")
    return written.as_uri()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 800, 1_200])
def test_it_fits_is_drawn_and_has_the_colours_that_are_preferred(
    tab: Tab, url: str, width: int, scheme: str
) -> None:
    tab.look(url, width=width, scheme=scheme)
    assert tab.complaints == []
    assert tab.requests == [url], "a page that asks for more"
    assert tab.value("innerWidth") == width
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.value(WIDEST) <= width
    behind = tab.pixel(2, 2)
    assert (max(behind) < 50) if scheme == "dark" else (min(behind) > 220)
    charts, x, y = tab.value(MIDDLE)
    assert charts == 1
    assert tab.pixel(x, y) not in (behind, (255, 255, 255))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_whatever_is_preferred(tab: Tab, url: str, scheme: str) -> None:
    tab.look(url, width=1_000, scheme=scheme, media="print")
    assert tab.complaints == []
    assert tab.pixel(2, 2) == (255, 255, 255)
    assert tab.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    assert len(tab.ask("Page.printToPDF")["data"]) > 20_000


def test_a_browser_refuses_what_a_page_must_not_do(tab: Tab, url: str, tmp_path: Path) -> None:
    """The policy holds: so what passed above passed because nothing was tried."""
    text = Path(url.removeprefix("file://")).read_text(encoding="utf-8")
    attack = "<script>document.title = 'owned'</script><img src='http://127.0.0.1:9/x.png'>"
    changed = tmp_path / "attacked.html"
    changed.write_text(text.replace("<main>", f"<main style='color: red'>{attack}"))
    tab.look(changed.as_uri(), width=1_200, scheme="light")
    refused = "".join(tab.complaints)
    for kind in ("script", "style", "image"):
        assert kind in refused
    assert tab.value("document.title").startswith("Availability of prod")
    assert tab.value("getComputedStyle(document.querySelector('main')).color") != "rgb(255, 0, 0)"
