"""``[names]``: what people call keys, networks and hosts, taken or refused in one sentence."""

import tomllib
from contextlib import suppress
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canary import CANARY
from tests.config.conftest import Write
from tui.config import ConfigError, load
from tui.config.file import MOST
from tui.config.names import NamesError, read_names
from tui.config.show import show_settings
from tui.core.names import Names
from tui.core.safe import safe

KEY = "f1e2d3c4-b5a6-9879-8765-4321dcba0987"
FILE = f"""
    [names.keys]
    {KEY.upper()} = "trading-prod"
    [names.networks]
    "203.0.113.77/24" = " Frankfurt "
    "2001:db8::/32" = "東京"
    [names.hosts]
    WS-Server-01 = "gateway one"
    "ws-server-02.coinapi.io" = "gateway two"
"""
NAMES = Names(
    keys={KEY: "trading-prod"},
    networks={ip_network("203.0.113.0/24"): "Frankfurt", ip_network("2001:db8::/32"): "東京"},
    hosts={"ws-server-01": "gateway one", "ws-server-02.coinapi.io": "gateway two"},
)


def test_names_are_read_by_what_is_compared(write: Write) -> None:
    write(FILE)
    assert load().names == NAMES


def test_config_show_tells_them_as_they_are_compared(write: Write) -> None:
    write(FILE)
    document = tomllib.loads("".join(show_settings(load())))
    assert document["names"] == {
        "keys": NAMES.keys,
        "networks": {str(network): name for network, name in NAMES.networks.items()},
        "hosts": NAMES.hosts,
    }


def test_many_hundreds_of_names_fit(write: Write) -> None:
    lines = [f'{number:08x}-b5a6-9879-8765-4321dcba0987 = "team {number}"' for number in range(900)]
    path = write("\n".join(["[names.keys]", *lines]))
    assert path.stat().st_size < MOST
    assert len(load().names.keys) == 900


NAME = "takes a name of 1 to 60 printable characters in quotes; "


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("names = 3", "names", "takes tables of names, written [names.keys]"),
        ("[names]\nkeys = 3", "names.keys", "is a table, written [names.keys]"),
        (f'[names.keys]\n{KEY} = ""', f"names.keys.{KEY}", NAME),
        (f'[names.keys]\n{KEY} = " "', f"names.keys.{KEY}", NAME),
        (f"[names.keys]\n{KEY} = 3", f"names.keys.{KEY}", NAME),
        (f'[names.keys]\n{KEY} = "{"x" * 61}"', f"names.keys.{KEY}", NAME),
        (f'[names.keys]\n{KEY} = "a\\u001b[2J"', f"names.keys.{KEY}", NAME),
        (f'[names.keys]\n{KEY} = "a\\u202eb"', f"names.keys.{KEY}", NAME),
        (f'[names.keys]\n{KEY} = "a\\nb"', f"names.keys.{KEY}", NAME),
        (
            f'[names.keys]\n{KEY} = "a"\n{KEY.upper()} = "b"',
            f"names.keys.{KEY.upper()}",
            "is called a already: keep one name",
        ),
        (
            '[names.networks]\n"10.0.0.0/8" = "a"\n"10.1.2.3/8" = "b"',
            "names.networks.10.1.2.3/8",
            "is called a already: keep one name",
        ),
        (
            '[names.networks]\n"10.0.0.0/33" = "a"',
            "names.networks.10.0.0.0/33",
            'is no network: write one like "203.0.113.0/24" or "2001:db8::/48", in quotes',
        ),
        (
            '[names.networks]\noffice = "203.0.113.0/24"',
            "names.networks.office",
            "is no network: ",
        ),
        ('[names.hosts]\n"a b" = "a"', "names.hosts.a b", "is no host: "),
        ('[names.hosts]\n"" = "a"', "names.hosts.", "is no host: "),
        # Without quotes this is a table in a table in a table.
        (
            '[names.hosts]\nws-server-01.coinapi.io = "a"',
            "names.hosts.ws-server-01",
            f"{NAME}what has a dot or a slash stands in quotes, too",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    write: Write, text: str, place: str, sentence: str
) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(f"{place} in {path} {sentence}")


@pytest.mark.parametrize("line", [f'{CANARY} = "trading-prod"', f'trading-prod = "{CANARY}"'])
def test_the_api_key_in_place_of_its_id_is_refused_and_not_repeated(
    write: Write, line: str
) -> None:
    path = write(f"[names.keys]\n{KEY} = 'a'\n{line}")
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value) == (
        f"names.keys in {path} has to name API keys by their id, and number 2 does not: "
        "an API key id is a uuid like f1e2d3c4-b5a6-9879-8765-4321dcba0987"
    )


def test_a_misspelt_table_is_refused(write: Write) -> None:
    path = write(f'[names.key]\n{KEY} = "trading-prod"')
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value) == f"{path} has no setting names.key: did you mean keys?"


@given(
    st.dictionaries(st.text(), st.text() | st.integers() | st.dictionaries(st.text(), st.text()))
)
def test_whatever_stands_there_is_harmless_or_refused(table: dict[str, object]) -> None:
    with suppress(NamesError):
        for host, name in read_names({"hosts": table}).hosts.items():
            assert safe(host) == host
            assert safe(name) == name != ""
