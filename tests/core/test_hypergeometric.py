"""The hypergeometric test gives what counting all samples gives."""

from fractions import Fraction
from math import comb, exp, inf, isclose

from hypothesis import given
from hypothesis import strategies as st

from tui.core.hypergeometric import log_chance

WHOLES = st.integers(1, 60).flatmap(
    lambda whole: st.tuples(
        st.integers(0, whole + 1), st.integers(0, whole), st.integers(0, whole), st.just(whole)
    )
)


def counted(hits: int, drawn: int, kind: int, whole: int) -> Fraction:
    """The chance as the share of all samples that there are, in whole numbers."""
    good = sum(
        comb(kind, count) * comb(whole - kind, drawn - count)
        for count in range(max(hits, 0), min(drawn, kind) + 1)
        if drawn - count <= whole - kind
    )
    return Fraction(good, comb(whole, drawn))


@given(WHOLES)
def test_it_is_the_share_of_the_samples_that_have_so_many(case: tuple[int, int, int, int]) -> None:
    exact = counted(*case)
    found = log_chance(*case)
    if exact == 0:
        assert found == -inf
    else:
        assert isclose(exp(found), float(exact), rel_tol=1e-9)


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.integers(1, 100_000))
def test_more_hits_are_never_likelier(hits: int, drawn: int, kind: int) -> None:
    drawn, kind = sorted((drawn, kind))
    hits = min(hits, drawn)
    more = log_chance(hits, drawn, kind, 200_000)
    assert more <= log_chance(hits - 1, drawn, kind, 200_000) + 1e-9
    assert more <= 0.0


def test_a_chance_too_small_for_a_float_has_a_logarithm() -> None:
    exact = counted(900, 1_000, 1_000, 20_000)
    digits = len(str(exact.denominator // exact.numerator))
    found = log_chance(900, 1_000, 1_000, 20_000) / 2.302585092994046
    assert digits > 400
    assert digits - 1.1 <= -found <= digits + 0.1
