"""Whatever is fed to the compiler, it never raises, and everything it says has a place."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler import report
from compiler.diagnostics import Diagnostic
from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile, decode

ROOT = Path(__file__).resolve().parent.parent
SMALL = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team, tags: [a], links: {Runbook: "https://example.org"}}
defaults: {window: 10m, min_coverage: 90%}
notifications:
  status: {slack: {channel: "#shop", api_url_file: /etc/url}}
  on_call: {pagerduty: {routing_key_file: /etc/key}}
metrics:
  bad_total: {type: counter, labels: [zone]}
  all_total: {type: counter, labels: [zone]}
  depth: {type: gauge, labels: [zone]}
  delay_seconds: {type: histogram, unit: seconds, labels: [zone], buckets: [0.1, 0.15, 0.2, 1]}
  paused: {type: gauge}
categories:
  - id: web
    title: Web
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, part: bad_total, total: all_total}
        require: {at_most: 1%}
        when_absent: zero
        min_events: 100
      - id: delay
        title: Delay
        by: [zone]
        measure: {kind: quantile, histogram: delay_seconds, quantile: 95%}
        require: {at_most: {by_member: {a: 150ms, b: 0.2s}}}
        members: {listed: [a, b]}
      - id: depth
        title: Depth
        measure: {kind: gauge, metric: 'depth{zone="a"}', across: max}
        require: {between: [1, 100]}
        waive_while: {metric: paused}
        notes: [a note]
      - id: raw
        title: Raw
        measure: {kind: promql, expr: max(depth) / 60, unit: minutes, examples: [
          {series: {depth: 60}, value: 1m, expect: pass},
          {title: it rose, series: {depth: 60x10 12000x4}, expect: fail}]}
        require: {below: 5m}
"""
SEEDS = [SMALL, *(path.read_text() for path in sorted((ROOT / "specs").glob("*.yaml")))]
TREES = [yaml.safe_load(text) for text in SEEDS]

HOSTILE = [
    "",
    " ",
    "~",
    "on",
    "1:30",
    "010",
    "1e3",
    ".nan",
    "-1",
    "0",
    "99999999999999999999",
    "1e-300",
    "5 %",
    "100%",
    "-5%",
    "0s",
    "1ms",
    "9999d",
    "up",
    "up{",
    'up{a="b"}',
    '{__name__="x"}',
    "up offset 5m",
    "sum(up)",
    "((((",
    "a" * 5000,
    "{{ .X }}",
    "$(id)",
    "`id`",
    "'",
    '"',
    "\\",
    "\n",
    "a\nb: c",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "\u2028",
    "é😀",
    "</script>",
    "| x |",
    "](javascript:x)",
    "gate",
    "le",
    "__name__",
    "../../etc/passwd",
    "/",
    "https://",
    "https://a b",
    "ratio",
    "promql",
    "counter",
    "histogram",
    "<<",
    "!!python/object:os.system",
    "*a",
    "&a b",
    "%",
    "@",
    "- a",
    "1 + (2 == bool 3)",
    "rate(up[5m])",
    "max_over_time(up[99999w])",
    "1/0",
    "up == 1",
    "count(up) by (zone)",
    "zone",
    "absent(up)",
    "vector(NaN)",
]

scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none()
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HOSTILE) | st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a tree."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in inside for place in places(child, (*path, key)))]


def at(node: Any, path: tuple[Any, ...]) -> Any:
    """What is at a path."""
    for key in path:
        node = node[key]
    return node


@st.composite
def damaged_trees(draw: st.DrawFn) -> str:
    """A good spec in which some nodes are deleted, doubled, swapped, renamed or replaced, as YAML."""
    tree = yaml.safe_load(SEEDS[draw(st.integers(0, len(SEEDS) - 1))])
    for _ in range(draw(st.sampled_from([1, 1, 2, 4]))):
        paths = [path for path in places(tree) if path]
        if not paths:
            break
        path, other = draw(st.sampled_from(paths)), draw(st.sampled_from(paths))
        parent, key = at(tree, path[:-1]), path[-1]
        match draw(st.sampled_from(["replace", "delete", "double", "copy", "rename"])):
            case "replace":
                parent[key] = draw(values)
            case "delete":
                del parent[key]
            case "double" if isinstance(parent, list):
                parent.insert(key, parent[key])
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(HOSTILE) | st.sampled_from([str(p[-1]) for p in paths]))] = parent.pop(key)
            case _:
                parent[key] = yaml.safe_load(yaml.safe_dump(at(tree, other)))
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=draw(st.booleans()))


@st.composite
def hostile_texts(draw: st.DrawFn) -> str:
    """A good spec whose titles, notes and other texts are hostile, which is allowed, so that all of it is compiled."""
    tree = yaml.safe_load(SEEDS[draw(st.integers(0, len(SEEDS) - 1))])
    text_keys = {"title", "description", "owner", "on_call", "channel", "runbook", "notes", "tags", "expr", "a", "b"}
    leaves = [p for p in places(tree) if isinstance(at(tree, p), str) and text_keys & set(p)]
    for path in draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=5)):
        at(tree, path[:-1])[path[-1]] = draw(st.sampled_from(HOSTILE) | st.text(max_size=20))
    return yaml.safe_dump(tree, sort_keys=False)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    """The text of a good spec with lines or characters removed, repeated, moved or put in."""
    lines = SEEDS[draw(st.integers(0, len(SEEDS) - 1))].split("\n")
    for _ in range(draw(st.integers(1, 4))):
        i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        column = draw(st.integers(0, len(lines[i])))
        match draw(st.sampled_from(["drop", "repeat", "swap", "indent", "insert", "cut"])):
            case "drop" if len(lines) > 1:
                del lines[i]
            case "repeat":
                lines.insert(j, lines[i])
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case "indent":
                lines[i] = draw(st.sampled_from([" ", "  ", "\t", "- "])) + lines[i]
            case "insert":
                lines[i] = lines[i][:column] + draw(st.sampled_from(HOSTILE) | st.text(max_size=3)) + lines[i][column:]
            case _:
                lines[i] = lines[i][:column]
    return "\n".join(lines)


deep = st.builds(
    lambda opener, n, middle: opener * n + middle,
    st.sampled_from(["[", "{a: ", "- ", "? ", "&a [", '"']),
    st.integers(1, 3000),
    st.text(max_size=5),
)
aliases = st.builds(
    lambda n, width: "\n".join(
        ["a0: &a0 x", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, n))]
    ),
    st.integers(1, 40),
    st.integers(1, 12),
)
documents: st.SearchStrategy[str | bytes] = st.one_of(
    damaged_trees(),
    damaged_trees(),
    hostile_texts(),
    hostile_texts(),
    damaged_texts(),
    damaged_texts(),
    st.text(max_size=200),
    st.binary(max_size=200),
    deep,
    aliases,
)


def sound(found: Sequence[Diagnostic], document: str | bytes) -> None:
    """Every problem has a message and a place in the document, and so has every label; every format can show it."""
    lines = decode(document).split("\n")
    for one in found:
        assert one.message
        assert one.span is not None, one
        for span in (one.span, *(label.span for label in one.labels)):
            assert span.file == "fuzz.yaml"
            assert 1 <= span.line <= len(lines), one
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1, one
            assert (span.line, span.column) <= (span.end_line, span.end_column), one
    text = report.text(found, {"fuzz.yaml": decode(document)})
    assert all(char == "\n" or char.isprintable() for char in text)
    assert report.github(found).count("\n") == len([one for one in report.in_order(found) if not one.acknowledged])


def holds(document: str | bytes) -> None:
    """The law: no exception, a place and a message for every problem, artifacts only without errors."""
    result = compile_specs([SpecFile("fuzz.yaml", document)])

    sound(result.diagnostics, document)
    assert result.artifacts or result.diagnostics


_quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=200, deadline=None, suppress_health_check=_quiet, derandomize=True, database=None)
@given(documents)
def test_no_input_breaks_the_compiler(document: str | bytes) -> None:
    """The same two hundred damaged specs, texts and bytes on every run."""
    holds(document)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=_quiet)
@given(documents)
def test_no_input_of_many_breaks_the_compiler(document: str | bytes) -> None:
    """Others on every run; what fails is kept and tried again."""
    holds(document)


@pytest.mark.parametrize("text", SEEDS)
def test_the_seeds_are_good(text: str) -> None:
    """What is damaged above was whole, so that the damage matters."""
    result = compile_specs([SpecFile("seed.yaml", text)])

    assert result.diagnostics == ()
    assert result.artifacts
