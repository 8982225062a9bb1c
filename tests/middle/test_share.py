"""Shared parts: what is recorded once, under which name, and what is left alone."""

from collections.abc import Mapping

from gates import plan

from compiler.naming import CRITERION_RESULT, CRITERION_VALUE
from compiler.promql.printer import show

COUNTERS = {
    "bad_total": {"type": "counter", "labels": ["zone"]},
    "all_total": {"type": "counter", "labels": ["zone"]},
}


def _rules(*criteria: Mapping[str, object]) -> list[tuple[str, str]]:
    named = [{"id": f"c{n}", "title": "C", **one} for n, one in enumerate(criteria)]
    return [(rule.record, show(rule.expr)) for rule in plan(COUNTERS, named).rules]


def test_a_part_of_two_criteria_is_recorded_once() -> None:
    """Two ratios over one total read the total's rate from one rule, before both."""
    ratio = {"measure": {"kind": "ratio", "part": "bad_total", "total": "all_total"}, "require": {"at_most": "1%"}}
    other = {"measure": {"kind": "ratio", "bad": "bad_total", "total": "all_total"}, "require": {"at_least": "9%"}}

    rules = _rules(ratio, other)

    assert [expr for _, expr in rules if "rate(" in expr] == ["sum(rate(bad_total[30m]))", "sum(rate(all_total[30m]))"]
    assert [record for record, _ in rules[:2]] == ["gate:bad:rate30m", "gate:all:rate30m"]
    values = [expr for record, expr in rules if record == CRITERION_VALUE]
    assert all('last_over_time(gate:all:rate30m{gate="case"}[1ms])' in expr for expr in values)


def test_parts_that_differ_only_in_matchers_get_names_of_their_own() -> None:
    """A name tells the matchers, and a clash is resolved by a number."""
    first = {
        "measure": {"kind": "ratio", "part": 'all_total{zone="a.b"}', "total": "all_total"},
        "require": {"at_most": "1%"},
    }
    second = {
        "measure": {"kind": "ratio", "part": 'all_total{zone="a-b"}', "total": "all_total"},
        "require": {"at_most": "1%"},
    }

    records = [record for record, _ in _rules(first, second)]

    assert records[:3] == ["gate:all_zone_a_b:rate30m", "gate:all:rate30m", "gate:all_zone_a_b:rate30m_2"]


def test_what_only_one_rule_reads_stays_where_it_is() -> None:
    """A part that occurs once is not worth a rule."""
    increase = {"measure": {"kind": "increase", "metric": "bad_total"}, "require": {"equals": 0}}

    assert ("gate:bad:increase30m", "sum(increase(bad_total[30m]))") not in _rules(increase)


def test_an_expression_of_the_authors_own_is_left_alone() -> None:
    """Its parts match on all labels, and recorded ones carry one more."""
    expr = "sum(rate(bad_total[30m])) / sum(rate(all_total[30m]))"
    own = {"measure": {"kind": "promql", "expr": expr, "unit": "ratio"}, "require": {"at_most": "1%"}}
    ratio = {"measure": {"kind": "ratio", "part": "bad_total", "total": "all_total"}, "require": {"at_most": "1%"}}

    assert (CRITERION_RESULT, expr) in _rules(own, ratio)
