"""The pages of a report: nothing in them is alive, and everybody can read them."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.report.long import make_long
from tests.report.reports import SUBJECT, report_of
from tests.report.samples import two_rounds
from tests.strategies import NOON, connection, hostile_texts
from tui.archive.sessions import Observed
from tui.core.absence import Change, Session
from tui.core.instant import TICKS
from tui.core.markdown import code, is_live
from tui.core.names import Labels
from tui.core.safe import safe
from tui.report.availability import Report, make_report
from tui.report.availability_markdown import markdown
from tui.report.availability_page import page
from tui.report.availability_words import ABSENCE_COLUMNS, COLUMNS, Words

STYLE = (files("tui.report") / "availability.css").read_text(encoding="utf-8")
SPAN = NOON, NOON + 7_200 * TICKS


class Page(HTMLParser):
    """A page as a browser sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()
        assert not self.open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.cells.append([])
        if tag in ("th", "td"):
            self.cells[-1].append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open or "title" in self.open or "desc" in self.open:
            return
        self.texts.append(data)
        if "td" in self.open or "th" in self.open:
            self.cells[-1][-1] += data

    def each(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


WORD = re.compile(r"[\w-]+")
TAGS = set(
    WORD.findall(
        "html head meta title style body main header section footer h1 h2 p strong dl dt dd div "
        "ul ol li span table thead tbody tr th td code svg path rect text g defs pattern desc"
    )
)
HARMLESS = set(
    WORD.findall(
        "lang charset http-equiv content name class role id width height viewbox d x y fill scope "
        "aria-labelledby aria-hidden preserveaspectratio patternunits patterntransform data-label"
    )
)
FILLS = {None, "url(#wide-hatch)", "url(#medium-hatch)", "url(#narrow-hatch)"}


def assert_dead(text: str) -> Page:
    """Nothing of a page runs, loads, sends or leads anywhere."""
    seen = Page(text)
    assert {tag for tag, _ in seen.tags} <= TAGS
    assert {name for _, each in seen.tags for name in each} <= HARMLESS
    assert {each.get("fill") for _, each in seen.tags} <= FILLS
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    policies = [each for each in seen.each("meta") if each.get("http-equiv")]
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    assert policies[0]["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert f"<style>{STYLE}</style>" in text, "the hash is of another text"
    for line in text.replace(STYLE, "").splitlines():
        assert safe(line, len(line) + 1) == line, "a terminal or a page would act upon it"
    return seen


def told(some: list[str]) -> Report:
    """A report of two connections, of which every text is a stranger's."""
    texts = [*some, *["?"] * 10]
    records = [
        connection(
            texts[0] + str(number),
            NOON,
            api_key_id=texts[1],
            host=texts[2],
            client=texts[3],
            service=texts[4],
            data_center=texts[5],
            protocol=texts[6],
            start=NOON + number * 900 * TICKS,
        )
        for number in range(2)
    ]
    lost = Change(NOON + 700 * TICKS, "gone", NOON + 600 * TICKS)
    sessions = tuple(
        Session(record, ("one",), record.start, changes, Labels(client=safe(texts[7])))
        for record, changes in zip(records, ((lost,), ()), strict=True)
    )
    drops = ((NOON + 650 * TICKS, safe(texts[8])),)
    gap = NOON + 3_600 * TICKS, NOON + 4_000 * TICKS
    seen = Observed(sessions, (gap,), drops, SPAN[1], 700, {"timeout": 40}, 1)
    return make_report(seen, SPAN, replace(SUBJECT, context=safe(texts[9], 60)))


@given(st.lists(hostile_texts(), max_size=10))
@settings(max_examples=20)
def test_nothing_that_was_served_is_alive_in_a_page(texts: list[str]) -> None:
    seen = assert_dead(page(told(texts)))
    assert len(seen.each("svg")) == 3 + 3 + 3 + 4, "one of the charts is not drawn"


@given(st.lists(hostile_texts(), max_size=10))
@settings(max_examples=20)
def test_nothing_that_was_served_is_alive_in_markdown(texts: list[str]) -> None:
    text = markdown(told(texts))
    is_code = False
    for line in text.splitlines():
        assert safe(line, len(line) + 1) == line
        if line.startswith("```"):
            assert line in ("```", "```text")
            is_code = not is_code
        elif is_code:
            assert not is_live(line)
        else:
            spans = re.findall("`([^`]*)`", line)
            assert not any(map(is_live, spans))
            outside = re.sub("`[^`]*`", "", line)
            assert "`" not in outside
            assert not any(each in outside for each in texts if len(each) > 8), (
                "a stranger's text stands outside of code"
            )
    assert not is_code


def test_the_attacks_of_a_page_are_text_in_it() -> None:
    attack = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>'\"&{{7*7}}"
    seen = assert_dead(page(told([attack] * 10)))
    assert "".join(seen.texts).count(attack) > 5


@pytest.mark.parametrize("form", [page, markdown])
def test_no_whole_key_id_is_told(form: Callable[[Report], str]) -> None:
    key = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
    texts = ["conn", key, "host", "203.0.113.7", "ws", "dc", "FIX", ""]
    text = form(told([*texts, f"9 gone: all of API key {key} (0 of 3 healthy)"]))
    assert "9 gone: all of API key f1e2…0987 (0 of 3 healthy)" in text
    assert "4321dcba" not in text


def test_every_number_is_the_same_in_both_forms() -> None:
    report = two_rounds()
    words, seen, text = Words(report), assert_dead(page(report)), markdown(report)
    assert f"# {words.headline} · {Words(report, code).subline}\n" in text
    assert {words.headline, words.subline} <= set(seen.texts)
    for groups in report.groups:
        for row in words.rows(groups):
            # The page has a chart after the uptime.
            assert [row.name, row.cells[0], "", *row.cells[1:]] in seen.cells
            assert re.search(r" +".join(map(re.escape, (row.name, *row.cells))), text)
    for one in report.longest:
        assert list(words.absence(one)) in seen.cells


def test_a_page_can_be_read_without_seeing_it() -> None:
    seen = assert_dead(page(two_rounds()))
    assert seen.each("html") == [{"lang": "en"}]
    assert len(seen.each("h1")) == 1
    names = [each.get("id") for _, each in seen.tags if each.get("id")]
    assert len(names) == len(set(names))
    for each in seen.each("svg"):
        assert each.get("aria-hidden") == "true" or each["role"] == "img"
    pictures = [each for each in seen.each("svg") if each.get("role") == "img"]
    assert len(seen.each("title")) >= 1 + len(pictures), "a picture has no title"
    heads = [each.get("scope") for each in seen.each("th")]
    assert set(heads) == {"col", "row"}
    lengths = {len(row) for row in seen.cells}
    assert lengths == {1 + len(COLUMNS) + 1, len(ABSENCE_COLUMNS)}


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme, by their names."""
    found = {}
    for name, block in zip(("light", "dark", "print"), STYLE.split(":root {")[1:], strict=True):
        rules = block.partition("}")[0]
        found[name] = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", rules))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_charts_stand_out_from_what_is_behind_them(theme: str) -> None:
    colours = themes()[theme]
    for text in ("text", "muted", "down"):
        for behind in ("page", "panel"):
            assert contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    # What is drawn, on what it is drawn on.
    for drawn, behind in (("edge", "panel"), ("down", "there"), ("down", "panel")):
        assert contrast(colours[drawn], colours[behind]) >= 3, (drawn, behind)


def test_the_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.slow
def test_a_week_of_a_thousand_connections_takes_seconds(tmp_path: Path) -> None:
    make_long(tmp_path / "week.conntop", days=7, clients=1_000, every=300)
    begun = process_time()
    report = report_of(tmp_path / "week.conntop")
    assert_dead(page(report))
    markdown(report)
    assert process_time() - begun < 6
    assert report.incident_count == 14
    assert report.whole.connections > 2_000
    assert report.whole.unknown_share == pytest.approx(15 / 1_440, rel=0.4)
