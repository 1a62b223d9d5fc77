"""``check`` before the Monitoring Plugins' own programs: their Perl library and ``negate``.

Debian's packages libmonitoring-plugin-perl and monitoring-plugins-basic; ``.ci/foreign`` has them.
"""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.cli.conftest import example, example_stand_in, home
from tests.cli.program import environment
from tests.report.test_checking import NONE, fleet, limits
from tui.core.grammar import NO_FILTER
from tui.report.checking import check
from tui.report.ranges import RangeError, parse_range

__all__ = ["example", "example_stand_in", "home"]

pytestmark = pytest.mark.slow

NEGATE = Path("/usr/lib/nagios/plugins/negate")
NUMBERS = ("-7", "-0.5", "0", "3", "10", "10.5", "250")
VALUES = (-8, -7, -1, 0, 1, 3, 4, 9, 10, 11, 249, 250, 251)

RANGES_BY_PERL = """
use strict; use warnings; use JSON::PP; use Monitoring::Plugin::Range;
$SIG{__WARN__} = sub { };
my ($texts, $values) = @{decode_json(join '', <STDIN>)};
print encode_json([map {
    my $range = Monitoring::Plugin::Range->parse_range_string($_);
    defined $range ? [map { $range->check_range($_) + 0 } @$values] : undef
} @$texts]);
"""
DATA_BY_PERL = """
use strict; use warnings; use JSON::PP; use Monitoring::Plugin::Performance;
print encode_json([map {
    [$_->label, $_->value, $_->uom, $_->warning, $_->critical, $_->min]
} Monitoring::Plugin::Performance->parse_perfstring(join '', <STDIN>)]);
"""


def perl(program: str, text: str) -> object:
    """What a Perl program makes of a text."""
    done = subprocess.run(
        ["perl", "-e", program], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{done.stderr} (apt-get install libmonitoring-plugin-perl)"
    return json.loads(done.stdout)


def alerts(text: str) -> list[int] | None:
    """Whether each of the values is a reason for an alert; nothing where it is no range."""
    try:
        one = parse_range(text)
    except RangeError:
        return None
    return [int(one.alerts(value)) for value in VALUES]


def test_ranges_mean_the_same_to_the_perl_library() -> None:
    starts = ("", ":", "~:", "~", *(f"{number}:" for number in NUMBERS))
    texts = ["".join(parts) for parts in product(("", "@"), starts, ("", *NUMBERS))]
    texts += ["x", "1:2:3", "10:x", "@@10", "--1", ""]
    assert len(texts) > 170
    theirs = perl(RANGES_BY_PERL, json.dumps([texts, VALUES]))
    assert isinstance(theirs, list)
    ours = [alerts(text) for text in texts]
    assert sum(each is None for each in ours) < len(ours) / 2
    assert dict(zip(texts, ours, strict=True)) == dict(zip(texts, theirs, strict=True))


@pytest.mark.parametrize(("warning", "critical"), [("", ""), ("250:", "200:"), ("10:20", "~:30.5")])
def test_the_perl_library_reads_the_performance_data(warning: str, critical: str) -> None:
    finding = check(fleet(298, 5), NO_FILTER, limits(warning, critical), NONE)
    assert perl(DATA_BY_PERL, finding.performance) == [
        ["live", 298, "", warning or None, critical or None, "0"],
        ["silent", 5, "", None, None, "0"],
        ["time", 0.038, "s", None, None, "0"],
    ]


def test_what_the_perl_library_does_not_know_harms_nothing_else() -> None:
    # It reads no @ in a threshold and no U, though the guidelines have both.
    finding = check(fleet(298), NO_FILTER, limits("@10:20"), NONE)
    first, *_ = perl(DATA_BY_PERL, finding.performance)  # type: ignore[misc]
    assert first[:3] == ["live", 298, ""]  # type: ignore[has-type]
    unknown = finding.performance.replace("live=298", "live=U")
    assert [each[0] for each in perl(DATA_BY_PERL, unknown)] == ["silent", "time"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("args", "code", "begins"),
    [
        ((), 2, "CONNTOP CRITICAL - 1 live | "),
        (("-c", "2:"), 0, "CONNTOP OK - 1 live (critical 2:) | "),
        (("-w", "2:"), 1, "CONNTOP WARNING - 1 live (warning 2:) | "),
        (("-w", "x"), 3, "CONNTOP UNKNOWN - "),
    ],
)
def test_negate_turns_it_round(args: tuple[str, ...], code: int, begins: str) -> None:
    assert NEGATE.exists(), "apt-get install monitoring-plugins-basic"
    done = subprocess.run(
        [NEGATE, "-s", "-t", "30", sys.executable, "-m", "tui", "check", *args],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(begins)
    assert done.stdout.count("\n") == 1
