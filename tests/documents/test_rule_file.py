"""Rule files: what Prometheus refuses is refused, at its place; and the checks that look at several rules."""

from pathlib import Path

import pytest
from engines import Engine, run_tool

from compiler.linter import lint
from compiler.spec.text import SpecFile

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = """\
groups:
  - name: web
    interval: 30s
    rules:
      - record: job:requests:rate5m
        expr: sum by (job) (rate(requests_total[5m]))
        labels: {team: web}
      - alert: Down
        expr: |
          up{job="web"}
            == 0
        for: 5m
        labels:
          severity: page
        annotations:
          summary: "{{ $labels.instance }} is down, {{ $value | humanize }}"
"""

# What is changed in the good file, and where and what is found; promtool refuses each of these files.
REFUSED = {
    "an unknown key": ("for: 5m", "fro: 5m", ["12:9 unknown key 'fro'"]),
    "an unknown key of a group": ("interval", "intervall", ["3:5 unknown key 'intervall'"]),
    "an unknown key of the file": ("groups:", "x: 1\ngroups:", ["1:1 unknown key 'x'"]),
    "a key that is there twice": (
        "for: 5m",
        "for: 5m\n        for: 6m",
        ["13:9 the key 'for' is there twice; the first is in line 12"],
    ),
    "no name": ("name: web", "interval: 1m", None),
    "neither record nor alert": (
        "alert: Down\n        expr",
        "expr",
        ["8:9 a rule has one of `record` and `alert`, and this has neither `record` nor `alert`"],
    ),
    "both record and alert": (
        "alert: Down",
        "alert: Down\n        record: a:b",
        ["8:9 a rule has one of `record` and `alert`, and this has both `record` and `alert`"],
    ),
    "no expression": ("        expr: sum by (job) (rate(requests_total[5m]))\n", "", ["5:9 a rule needs an `expr`"]),
    "no metric name": (
        "record: job:requests:rate5m",
        "record: job-requests",
        ["5:17 'job-requests' is no name of a metric to Prometheus 2.x"],
    ),
    "for in a recording rule": ("labels: {team: web}", "for: 5m", ["7:9 `for` is for alerts, and this rule records"]),
    "no duration": ("for: 5m", "for: 5 minutes", ["12:14 '5 minutes' is no duration"]),
    "no label name": (
        "severity: page",
        "sever-ity: page",
        ["14:11 'sever-ity' is no name of a label to Prometheus 2.x"],
    ),
    "an action that is not closed": ("$labels.instance }}", "$labels.instance", None),
    "no list of groups": ("groups:\n  - name", "groups:\n    name", None),
    "an expression that is not PromQL": ("== 0", "= 0", ["11:13 `=` compares labels; values are compared with `==`"]),
    "a type that does not fit": (
        "rate(requests_total[5m])",
        "rate(requests_total)",
        ["6:34 rate takes a range vector here, not an instant vector"],
    ),
    "YAML that ends too early": ('"{{ $labels', "'{{ $labels", None),
}


def found(text: str) -> list[str]:
    """Place and message of what is found in a rule file."""
    return [
        f"{one.span.line}:{one.span.column} {one.message}" for one in lint([SpecFile("rules.yml", text)]) if one.span
    ]


@pytest.mark.parametrize("title", REFUSED)
def test_what_is_refused(title: str) -> None:
    """Each problem is at its place; where none is given, it is enough that there is one."""
    old, new, expected = REFUSED[title]
    assert GOOD.count(old) == 1

    assert found(GOOD.replace(old, new)) == expected if expected else found(GOOD.replace(old, new))


@pytest.mark.engine
def test_promtool_refuses_the_same_files(engine: Engine, tmp_path: Path) -> None:
    """And accepts the good one, as we do."""
    for title, (old, new, _) in REFUSED.items():
        (tmp_path / "rules.yml").write_text(GOOD.replace(old, new))
        ok, said = run_tool(engine.promtool, "check", "rules", str(tmp_path / "rules.yml"))
        is_newer = "name" in title and title != "no name" and engine.version >= (3,)
        assert ok == is_newer, f"{title}: {said}"
    (tmp_path / "rules.yml").write_text(GOOD)
    ok, said = run_tool(engine.promtool, "check", "rules", str(tmp_path / "rules.yml"))
    assert ok, said


def test_nothing_is_found_in_a_good_file() -> None:
    """Nor in one that is empty, or that an Operator reads."""
    assert lint([SpecFile("rules.yml", GOOD)]) == ()
    assert lint([SpecFile("rules.yml", "groups:\n")]) == ()
    operator = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n" + "".join(
        f"  {line}\n" for line in GOOD.splitlines()
    )
    assert lint([SpecFile("rules.yml", operator)]) == ()


def test_a_finding_lies_in_the_scalar_where_it_is_written() -> None:
    """In the second line of a block, at the column of the operator."""
    assert found(GOOD.replace("== 0", "=> 0")) == ["11:13 `=` compares labels; values are compared with `==`"]


def test_a_text_shows_a_label_that_is_dropped() -> None:
    """Named at the label, with the expression beside it."""
    text = GOOD.replace('up{job="web"}', "min by (job) (up)")
    (one,) = lint([SpecFile("rules.yml", text)])

    assert one.span
    assert (one.code, one.span.line, one.span.column) == ("PG331", 16, 24)
    assert [label.text for label in one.labels] == ["the result has no label instance; its labels are job"]


def test_rules_know_what_other_rules_record() -> None:
    """Labels that a rule drops are not there for others, and a sum of counters is no counter."""
    text = """\
groups:
  - name: a
    rules:
      - {record: "job:requests:sum", expr: "sum by (job) (requests_total)"}
      - {record: "zone:requests:max", expr: "max by (zone) (job:requests:sum)"}
      - {record: "job:requests:rate", expr: "rate(job:requests:sum[5m])"}
"""
    rows = [(one.code, one.span.line if one.span else 0) for one in lint([SpecFile("rules.yml", text)])]

    assert rows == [("PG305", 5), ("PG309", 6)]


def test_a_rule_that_is_there_twice() -> None:
    """The same alert, or two rules for one series; alerts that differ in a bound or a label are no duplicates."""
    rules = """\
      - {alert: A, expr: "x > 1", labels: {severity: page}}
      - {alert: A, expr: "x > 2", labels: {severity: page}}
      - {alert: A, expr: "x  >  1", labels: {severity: page}}
      - {record: "a:b", expr: x}
      - {record: "a:b", expr: y}
      - {record: "a:b", expr: y, labels: {c: d}}
"""
    found = lint([SpecFile("rules.yml", f"groups:\n  - name: a\n    rules:\n{rules}")])

    assert [(one.code, one.span.line, one.message) for one in found if one.span] == [
        ("PG332", 6, "the same rule is there twice"),
        ("PG332", 8, "two rules record a:b with the same labels"),
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "generated").glob("*/*_rules.yml")), ids=lambda path: path.parent.name)
def test_nothing_is_found_in_what_promgate_generates(path: Path) -> None:
    """The rules of the shipped gates: no check of ours fires on our own output."""
    assert lint([SpecFile(path.name, path.read_text())]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "groups: [{name: a, rules: [{alert: A, expr: 1}]}]\n" * 2,
        "groups: " + "[" * 500,
        "groups: *x",
        "groups: 3",
        "groups:\n- 3\n- {rules: 3}",
        "groups: {<<: [1]}",
    ],
)
def test_hostile_files_have_a_finding_and_no_traceback(text: str) -> None:
    """Whatever stands in them."""
    assert lint([SpecFile("rules.yml", text)])
