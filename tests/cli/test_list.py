"""``conntop list`` against a real server over a real socket."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLE, Served
from tests.cli.program import KEY, Run
from tests.ports import reserved_port
from tui.core.connection import FIELDS
from tui.report import FORMATS


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tries follow each other at once."""
    monkeypatch.setattr("tui.report.ask.retry_delay", lambda *_: 0.0)


def test_the_example_of_the_documentation(run: Run, example: Served) -> None:
    documented = json.loads(EXAMPLE.read_bytes())
    ran = run("list", "--all", "-o", "json")
    assert (ran.code, ran.err) == (0, "")
    printed = json.loads(ran.out)
    assert printed == documented
    assert [list(record) for record in printed] == [list(record) for record in documented]


def test_only_active_connections_unless_asked_otherwise(run: Run, example: Served) -> None:
    records = json.loads(run("list", "-o", "json").out)
    assert [record["connectionId"] for record in records] == ["conn_7f9a8b2c1d3e4f5a"]
    assert run("list", "--active-only", "-o", "json").out == run("list", "-o", "json").out


def test_the_table(run: Run, example: Served) -> None:
    ran = run("list", "--all")
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[0][:4] == ["state", "beat", "connection", "service"]
    # Ages count as of the server's time, which stands still, and which is told in whole seconds.
    assert lines[1][:4] == ["○", "silent", "45m", "conn_8e7d6c5b4a321098"]
    assert lines[2][:2] == ["●", "live"]
    assert lines[2][2] in ("5s", "6s")


def test_every_format(run: Run, example: Served) -> None:
    for form in FORMATS:
        ran = run("list", "--all", "-o", form)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.count("conn_") == 2
    lines = [json.loads(line) for line in run("list", "--all", "-o", "ndjson").out.splitlines()]
    assert lines == json.loads(EXAMPLE.read_bytes())
    rows = list(csv.DictReader(io.StringIO(run("list", "--all", "-o", "csv").out)))
    assert tuple(rows[0]) == FIELDS
    assert rows[1]["isActive"] == "false"


def test_nothing_is_no_error(run: Run, example: Served) -> None:
    ran = run("list", "--service", "none", "-o", "json")
    assert (ran.code, ran.out, ran.err) == (0, "[]\n", "")
    ran = run("list", "--service", "none")
    assert ran.code == 0
    assert ran.sentence == "no connection matches: live only · service none"


def test_every_option_reaches_the_endpoint(run: Run, example: Served) -> None:
    ran = run(
        *("list", "-o", "json", "--service", "coinapi-ws", "--protocol", "WebSocket"),
        *("--data-center", "us-east-1/server-01", "--connection-id", "conn_7f9a8b2c1d3e4f5a"),
        *("--key-id", "f1e2d3c4-b5a6-9879-8765-4321dcba0987", "--limit", "5"),
        *("--since", "2024-01-15T14:15:10Z", "--until", "2024-01-15T14:15:10.0000001Z"),
    )
    assert [record["connectionId"] for record in json.loads(ran.out)] == ["conn_7f9a8b2c1d3e4f5a"]
    asked = example.log.getvalue()
    assert KEY not in asked
    assert re.findall(r"[?&]([A-Za-z]+)=", asked) == [
        "apiKeyId",
        "connectionId",
        "serviceName",
        "protocolName",
        "dataCenter",
        "activeOnly",
        "timeStart",
        "timeEnd",
        "limit",
    ]
    assert "timeEnd=2024-01-15T14%3A15%3A10.0000001Z" in asked


def test_all_and_minutes_reach_the_endpoint(run: Run, example: Served) -> None:
    run("list", "--all", "--minutes", "20", "-o", "json")
    assert "?minutes=20 " in example.log.getvalue()


def test_the_filter(run: Run, example: Served) -> None:
    ran = run("list", "--all", "-o", "json", "--filter", "!service:ws beat>10m")
    assert [record["serviceName"] for record in json.loads(ran.out)] == ["coinapi-rest"]


def test_a_cut_answer_is_told(run: Run, example: Served) -> None:
    ran = run("list", "--all", "--limit", "1", "-o", "json")
    assert (ran.code, len(json.loads(ran.out))) == (0, 1)
    assert ran.sentence == (
        "1 records shown: the answer may be cut at the limit; narrow the query or raise --limit"
    )


def test_beyond_a_thousand_records_all_are_there(run: Run, fleet: Served) -> None:
    ran = run("list", "--all", "-o", "ndjson")
    assert ran.out.count("\n") > 1500
    assert len(set(ran.out.splitlines())) == ran.out.count("\n")
    assert ran.err == ""


def test_without_splitting_a_thousand_records_may_be_cut(run: Run, fleet: Served) -> None:
    ran = run("list", "--all", "-o", "ndjson", "--no-split")
    assert ran.out.count("\n") == 1000
    assert ran.sentence.startswith(
        "1000 records shown: the answer may be cut; leave out --no-split"
    )


def test_a_limit_is_the_users_own_and_a_budget_is_kept(run: Run, fleet: Served) -> None:
    before = fleet.log.getvalue().count("\n")
    ran = run("list", "--all", "-o", "ndjson", "--limit", "120")
    assert ran.out.count("\n") == 120
    assert run("list", "--all", "-o", "ndjson", "--limit", "1999").out.count("\n") >= 1500
    assert ran.sentence.startswith("120 records shown: the answer may be cut at the limit")
    assert fleet.log.getvalue().count("\n") == before + 2
    ran = run("list", "--all", "-o", "ndjson", "--budget", "2")
    assert ran.sentence.endswith("the answer is cut; raise --budget, or narrow the query")
    assert fleet.log.getvalue().count("\n") == before + 4


def test_a_wrong_key(run: Run, example: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNTOP_API_KEY", KEY + "x")
    ran = run("list")
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence.startswith("the API key was refused (401)")
    assert example.log.getvalue().count("\n") == 1


def test_without_a_key(run: Run, home: Path) -> None:
    ran = run("list")
    assert (ran.code, ran.out) == (2, "")
    assert ran.sentence == (
        "there is no API key: set CONNTOP_API_KEY, or name its place in a context in "
        f"{home}/.config/conntop/config.toml; conntop demo needs none"
    )


def test_a_key_that_cannot_be_read(run: Run, home: Path, example: Served) -> None:
    folder = home / ".config/conntop"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[contexts.prod]\napi_key_file = "~/key"')
    (home / "key").write_text(KEY)
    (home / "key").chmod(0o644)
    ran = run("list")
    assert ran.code == 1
    assert ran.sentence.endswith(f"run chmod 600 {home}/key")
    (home / "key").chmod(0o600)
    assert run("list").code == 0
    assert run("list", "--context", "prod").code == 0
    assert run("list", "--context", "prd").sentence == "there is no context prd: there are prod"


@pytest.mark.usefixtures("no_waiting")
def test_an_endpoint_that_is_not_there(run: Run, example: Served) -> None:
    with reserved_port() as port:
        ran = run("list", "--url", f"http://127.0.0.1:{port}")
    why = f"conntop: cannot reach 127.0.0.1:{port}: connection refused"
    again = f"{why} — trying again in 0.0 s\n"
    assert (ran.code, ran.out, ran.err) == (1, "", f"{again}{again}{why}\n")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--minutes", "0", "minutes is a whole number from 1 to 2147483647"),
        ("--minutes", "five", "minutes is a whole number from 1 to 2147483647"),
        ("--limit", "-1", "limit is a whole number from 1 to 2147483647"),
        ("--key-id", "x", "an API key id is a uuid like"),
        ("--since", "yesterday", "the start is a UTC time like 2024-01-15T14:30:25Z, or a span"),
        ("--until", "24", "the end is a UTC time like"),
        ("--service", "", "it is empty"),
        ("--service", "\udcff", "it is not UTF-8 text"),
        ("--filter", "/open", "the regular expression is not closed: end it with /"),
        ("--filter", "nofield:x", "there is no field nofield; there are"),
        ("--filter", " ", "it is empty"),
        ("--context", "", "it is empty"),
        ("-o", "xml", "'xml' is not one of 'table', 'wide', 'json', 'ndjson', 'csv'"),
    ],
)
def test_a_wrong_option_is_named(
    run: Run, example: Served, option: str, value: str, sentence: str
) -> None:
    ran = run("list", option, value)
    assert (ran.code, ran.out) == (2, "")
    assert option in ran.sentence
    assert sentence in ran.sentence
    assert ran.sentence.endswith("(see conntop list --help)")
    assert example.log.getvalue() == ""


def test_options_that_exclude_each_other(run: Run, example: Served) -> None:
    ran = run("list", "--minutes", "5", "--since", "2h")
    assert "--minutes: give either minutes or a start and end, not both" in ran.sentence
    ran = run("list", "--since", "1h", "--until", "2h")
    assert "--until: the end lies before the start" in ran.sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SSL_CERT_FILE", "/nowhere", "the certificates that SSL_CERT_FILE or SSL_CERT_DIR name"),
        ("HTTPS_PROXY", f"nonsense://me:{KEY}@proxy", "the proxy that HTTP_PROXY, HTTPS_PROXY"),
        ("ALL_PROXY", f"socks5://me:{KEY}@proxy:1080", "the proxy that HTTP_PROXY, HTTPS_PROXY"),
    ],
)
def test_an_environment_that_cannot_be_used(
    run: Run, example: Served, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = run("list", "--url", "https://example.invalid")
    assert ran.code == 1
    assert ran.sentence.startswith(sentence)


@pytest.mark.usefixtures("no_waiting")
def test_records_that_cannot_be_read_are_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tui.standin.app import create_app
    from tui.standin.embedded import serving
    from tui.standin.records import load_records

    records = json.loads(EXAMPLE.read_bytes())
    records[1]["isActive"] = "perhaps"
    (tmp_path / "records.json").write_text(json.dumps(records))
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    with serving(create_app(load_records(tmp_path / "records.json"), api_key=KEY)) as url:
        ran = run("list", "--all", "--url", url, "-o", "json")
    assert ran.code == 0
    assert len(json.loads(ran.out)) == 1
    assert ran.sentence == "1 record unreadable: isActive (1)"


NAMES = """
    [names.keys]
    f1e2d3c4-b5a6-9879-8765-4321dcba0987 = "trading-prod"
    [names.hosts]
    ws-server-01 = "gateway one"
"""


def name(home: Path, text: str = NAMES) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_names_are_shown_exported_found_and_asked_for(
    run: Run, example: Served, home: Path
) -> None:
    name(home)
    table = run("list", "--all", "-o", "wide").out
    assert "trading-prod f1e2d3c4-b5a6-9879-8765-4321dcba0987" in table
    assert "gateway one ws-server-01.coinapi.io" in table
    served = json.loads(EXAMPLE.read_bytes())
    for form, words in (("--filter", "key:trading-prod"), ("--key-id", "Trading-Prod")):
        [record] = json.loads(run("list", "-o", "json", form, words).out)
        assert record == served[0] | {"apikeyName": "trading-prod", "hostName": "gateway one"}
    assert "apiKeyId=f1e2d3c4-b5a6-9879-8765-4321dcba0987" in example.log.getvalue()
    ran = run("list", "--key-id", "trading-prod", "--service", "none")
    assert ran.sentence == "no connection matches: live only · service none · key trading-prod"


def test_a_name_of_no_key_is_a_wrong_use(run: Run, example: Served, home: Path) -> None:
    ran = run("list", "--key-id", "trading-prod")
    assert (ran.code, ran.out) == (2, "")
    assert "an API key id is a uuid" in ran.err
    name(home)
    ran = run("list", "--key-id", "trading-test")
    assert (ran.code, ran.out) == (2, "")
    assert "nor a name under [names.keys] in the settings" in ran.err
