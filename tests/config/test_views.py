"""Saved views: what the file may say, and how one gets into it without harm to all the rest."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.conftest import Write
from tests.strategies import hostile_texts
from tui.config import ConfigError, load
from tui.config.save import save_view, with_view
from tui.config.views import ViewSetting, table_of
from tui.core.arrangement import Order
from tui.core.columns import BY_KEY
from tui.core.dimensions import DIMENSIONS
from tui.core.grammar import GrammarError, parse_filter, quote
from tui.core.instant import parse_instant
from tui.core.query import Query, QueryError, parse_query
from tui.core.safe import safe_each
from tui.core.saved_view import NUMBERS, SavedView, as_typed

NAMES = st.text("abc é漢\"'\\#=[]", max_size=20).map(str.strip)
VIEWS = st.builds(
    ViewSetting,
    name=NAMES,
    service=st.sampled_from(["", "coinapi-ws", 'a "b" \\c']),
    active_only=st.booleans(),
    minutes=st.sampled_from([None, 1, 60]),
    limit=st.sampled_from([None, 1, 100]),
    filter=st.sampled_from(["", "!state:live", 'beat>30 "x y"', "/a[\\]]b/"]),
    sort=st.sampled_from(sorted(BY_KEY)),
    reverse=st.booleans(),
    columns=st.lists(st.sampled_from(sorted(BY_KEY)), unique=True, max_size=5).map(tuple),
    wide=st.booleans(),
    group=st.sampled_from(["", *(one.key for one in DIMENSIONS)]),
).map(ViewSetting.read)
FILES = (
    "",
    "# nothing but a comment",
    "every = 7   # seconds\n",
    '# mine\n\n[contexts.prod]\nurl = "https://a.example"  # ours\n\n\n[keys]\nfind =  "x"\n# end',
    'every=5\r\n\r\n[keys]\r\nfind = "x"\r\n',
    '[[alerts]]\nrule = "link down for 2m"\n\n[[alerts]]\nrule = "mass drop" # !\n',
    '[views.2]\nname = "two" # kept\n\n[keys]\nfind = "x"\n',
    '[keys]\nfind = "x"\n\n[views.2]\n# said\nfilter = "a"\n\n[names.hosts]\na = "b"\n',
    '[views.9]\nname = "nine"\n[contexts.a]\nurl = "https://a.example"\n[views.8]\nwide = true\n',
    "[views]\n",
    'every = 3\nviews.4.name = "four"\n',
)


@given(VIEWS)
def test_what_is_written_is_read_as_it_was(view: SavedView) -> None:
    assert msgspec.convert(table_of(view), ViewSetting).read() == view


@given(st.sampled_from(FILES), st.sampled_from(NUMBERS), VIEWS)
def test_all_else_in_the_file_stays_as_it_is_to_the_byte(
    text: str, number: int, view: SavedView
) -> None:
    after = with_view(text.encode(), number, view).decode()
    expected = tomllib.loads(text)
    expected.setdefault("views", {})[str(number)] = table_of(view)
    assert tomllib.loads(after) == expected
    if str(number) not in tomllib.loads(text).get("views", {}):
        # Nothing was taken away or changed: what is new stands in one place, but for the end of
        # a last line that had none.
        lines, new = text.splitlines(keepends=True), after.splitlines(keepends=True)
        start = next((i for i, one in enumerate(lines) if one.rstrip() != new[i].rstrip()), None)
        start = len(lines) if start is None else start
        rest = new[len(new) - len(lines) + start :] if start < len(lines) else []
        assert "".join([*new[:start], *rest]) in (text, f"{text}\n")
    # Again, and it is the same: saving twice does not grow the file.
    assert with_view(after.encode(), number, view).decode() == after


@given(hostile_texts())
def test_what_was_served_is_saved_without_harm_or_not_at_all(text: str) -> None:
    try:
        condition = parse_filter(f"host={quote(text)}").text
        query = parse_query({"service": text})
    except (GrammarError, QueryError):
        return
    view = SavedView("x", as_typed(query), condition)
    if re.search("[\ud800-\udfff]", condition):
        with pytest.raises(ConfigError, match="a character no file holds"):
            with_view(b"# mine\n", 1, view)
        return
    after = with_view(b"# mine\n", 1, view).decode()
    line = after.replace("\n", "")
    assert "".join(safe_each(line)) == line
    [table] = tomllib.loads(after)["views"].values()
    assert msgspec.convert(table, ViewSetting).read() == view


def test_a_view_that_is_there_is_changed_in_its_place_and_keeps_its_comments() -> None:
    text = (
        '# top\n[views.1] # first\n# why\nname = "a"  # its name\nfilter = "x"\n\n[keys] # k\n'
        'find = "y"\n'
    )
    view = SavedView("b", {"service": "EMS"}, order=Order("beat", reverse=True))
    assert with_view(text.encode(), 1, view).decode() == (
        '# top\n[views.1] # first\n# why\nname = "b"  # its name\nservice = "EMS"\n'
        'sort = "beat"\nreverse = true\n\n[keys] # k\nfind = "y"\n'
    )


@pytest.mark.parametrize("text", [b"a = ", b"\xff", b"views = 3\n", b"[views]\n1 = 2\n"])
def test_what_cannot_be_read_is_not_written_over(write: Write, text: bytes) -> None:
    path = write("")
    path.write_bytes(text)
    with pytest.raises(ConfigError, match="was not written"):
        save_view(1, SavedView("x"))
    assert path.read_bytes() == text
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_made_where_there_is_none_for_its_owner_alone(home: Path) -> None:
    save_view(3, SavedView("three", {"minutes": "5"}, "!state:live"))
    path = home / ".config/conntop/config.toml"
    assert path.read_text() == ('[views.3]\nname = "three"\nminutes = 5\nfilter = "!state:live"\n')
    assert path.stat().st_mode & 0o777 == 0o600
    assert load().views == {3: SavedView("three", {"minutes": "5"}, "!state:live")}


def test_mode_and_symlink_stay(write: Write, home: Path) -> None:
    path = write("every = 7\n")
    real = home / "dotfiles.toml"
    path.replace(real)
    real.chmod(0o640)
    path.symlink_to(real)
    save_view(1, SavedView("x"))
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_text() == 'every = 7\n\n[views.1]\nname = "x"\n'


def test_a_file_that_changed_under_us_is_left_alone(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("every = 7\n")

    def meanwhile(content: bytes, number: int, view: SavedView) -> bytes:
        path.write_text("every = 8\n")
        return with_view(content, number, view)

    monkeypatch.setattr("tui.config.save.with_view", meanwhile)
    with pytest.raises(ConfigError, match="somebody else has just changed it"):
        save_view(1, SavedView("x"))
    assert path.read_text() == "every = 8\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_to_is_told(home: Path) -> None:
    (home / ".config").write_text("a file where a folder should be")
    with pytest.raises(ConfigError, match="was not written: "):
        save_view(1, SavedView("x"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[views.1]\nsort = 'nope'", r"views.1.sort in .* names nope, which is no column"),
        ("[views.1]\ncolumns = ['id', 'x']", r"views.1.columns in .* names x, which is no column"),
        ("[views.1]\ncolumns = ['id', 'id']", r"views.1.columns in .* names a column twice"),
        ("[views.1]\nfilter = 'nope:x'", r"views.1.filter in .* cannot be read: there is no field"),
        ("[views.1]\ngroup = 'x'", r"views.1.group in .* names x, which is no dimension"),
        ("[views.1]\nkey_id = 'x'", r"views.1.key_id in .* cannot be asked: an API key id is a"),
        ("[views.1]\nsince = 'x'", r"views.1.since in .* cannot be asked: the start is a UTC time"),
        ("[views.1]\nname = '\u202e'", r"views.1.name in .* takes at most 40 printable"),
        ("[views.1]\nminutes = 0", r"views.1.minutes in .* takes a whole number from 1"),
        ("[views.1]\nserivce = 'x'", r"has no setting views.1.serivce: did you mean service\?"),
        ("[views.0]\nname = 'x'", r"views in .* takes tables, written \[views.1\] to \[views.9\]"),
        ("[views]\n1 = 3", r"views.1 in .* takes a table, written \[views.1\]"),
        ("views = 3", r"views in .* takes tables, written \[views.1\] to \[views.9\]"),
    ],
)
def test_each_mistake_has_a_sentence_with_its_place(write: Write, text: str, sentence: str) -> None:
    write(text)
    with pytest.raises(ConfigError, match=sentence):
        load()


def test_a_span_back_is_counted_from_when_the_view_is_taken(write: Write) -> None:
    write("[views.1]\nsince = '15m'\nactive_only = false")
    view = load().views[1]
    now = parse_instant("2024-01-15T14:30:25Z")
    start = parse_instant("2024-01-15T14:15:25Z")
    assert view.question(now) == Query(time_start=start, active_only=False)


def test_what_is_no_file_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_CONFIG", "/dev/null")
    with pytest.raises(ConfigError, match="was not written: it is no plain file"):
        save_view(1, SavedView("x"))
    assert Path("/dev/null").is_char_device()
