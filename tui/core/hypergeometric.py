"""The hypergeometric test: how likely so many of a kind fall into a sample by chance alone.

Exact, not an approximation: the tail is summed term by term. Logarithms of factorials keep it fast
and finite for 100,000 connections, where the numbers themselves have thousands of digits.
"""

from math import inf, lgamma, log, log1p

_ENOUGH = 1e-17
"""Share of the sum below which a further term does not change it any more."""


def log_chance(hits: int, drawn: int, kind: int, whole: int) -> float:
    """The natural logarithm of the chance to draw at least ``hits`` of a kind (one-sided).

    Args:
        hits: drawn ones that are of the kind.
        drawn: how many are drawn, each at most once.
        kind: how many of the whole are of the kind.
        whole: how many there are.

    >>> round(2.718281828459045 ** log_chance(3, 3, 3, 6), 9)  # three of three out of six: 1 of 20
    0.05
    """
    least = max(0, drawn + kind - whole)
    most = min(drawn, kind)
    if hits <= least:
        return 0.0
    if hits > most:
        return -inf
    first = _log_choose(kind, hits) + _log_choose(whole - kind, drawn - hits)
    first -= _log_choose(whole, drawn)
    # Each further term by the one before it: no logarithm, and none that is lost to rounding.
    rest, term = 0.0, 1.0
    for count in range(hits, most):
        up = (kind - count) * (drawn - count)
        term *= up / ((count + 1) * (whole - kind - drawn + count + 1))
        rest += term
        if term < _ENOUGH * rest:
            break
    return min(0.0, first + log1p(rest))


def _log_choose(of: int, some: int) -> float:
    if some in (0, of):
        return 0.0
    if some in (1, of - 1):
        return log(of)
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
