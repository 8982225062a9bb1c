"""Problems of all layers are found in one run: what does not fit the model does not hide what the checks find."""

import pytest

from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile

SPEC = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
metrics:
  bad_total: {type: counter}
  all_total: {type: counter}
  depth: {type: gauge}
categories:
  - id: web
    title: Web
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, part: bad_total, total: all_total}
        require: {at_most: 99.9}
      - id: depth
        title: Depth
        measure: {kind: gauge, metric: depth, over_time: max, across: max}
        require: {at_most: 100}
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("title: Web", "titel: Web", ["10:5 PG102", "15:28 PG203"]),
        ("title: Depth", "title: Depth\n        widow: 5m", ["15:28 PG203", "18:9 PG102"]),
        ("kind: gauge", "kind: gage", ["15:28 PG203", "18:25 PG104"]),
        ("require: {at_most: 100}", "require: {at_most: many}", ["15:28 PG203", "19:28 PG105"]),
        ("depth: {type: gauge}", "depth: {type: guage}", ["7:17 PG104"]),
    ],
    ids=["a misspelt required key", "an unknown key", "an unknown kind", "a bad bound", "a bad metric"],
)
def test_the_checks_go_on(old: str, new: str, found: list[str]) -> None:
    """The wrong ratio is found beside what is wrong elsewhere, but where the vocabulary itself is unsound."""
    assert SPEC.count(old) == 1
    result = compile_specs([SpecFile("shop.yaml", SPEC.replace(old, new).encode())])
    places = sorted((one.span.line, one.span.column, one.code) for one in result.diagnostics if one.span)

    assert [f"{line}:{column} {code}" for line, column, code in places] == found
    assert result.artifacts == ()


def test_a_broken_criterion_is_not_checked_itself() -> None:
    """What stands in for it says nothing: not even that no other criterion requires a metric."""
    only = (
        SPEC.replace("at_most: 99.9", "at_most: 1%").split("      - id: depth")[0].replace("kind: ratio", "kind: rato")
    )
    result = compile_specs([SpecFile("shop.yaml", only.encode())])

    assert [one.code for one in result.diagnostics] == ["PG104"]
