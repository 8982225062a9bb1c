"""A misspelt name of any sort is answered with the one that was meant."""

import pytest
from test_fuzz import SMALL

from compiler import report
from compiler.frontend import check_specs
from compiler.spec.text import SpecFile


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("part: bad_total", "part: bad_totl", "did you mean bad_total?"),
        ("metrics:", "metrcs:", "did you mean 'metrics'?"),
        ("title: Web", "titel: Web", "did you mean 'title'?"),
        ("kind: ratio", "kind: rato", "did you mean 'ratio'?"),
        ("kind: Gate", "kind: Gaet", "did you mean 'Gate'?"),
        ("{type: gauge, labels", "{type: guage, labels", "did you mean 'gauge'?"),
        ("at_most: 1%", "at_mots: 1%", "did you mean 'at_most'?"),
        ("at_most: 1%", "at_leats: 1%", "did you mean 'at_least'?"),
        ("unit: seconds", "unit: secnds", "did you mean seconds?"),
        ("unit: minutes", "unit: mintues", "did you mean minutes?"),
        ("a: 150ms", "a: 150mss", "did you mean ms?"),
        ("by: [zone]", "by: [zome]", "did you mean zone?"),
        ('depth{zone="a"}', 'depth{zome="a"}', "did you mean zone?"),
        ("{a: 150ms", "{aa: 150ms", "did you mean a?"),
        ("window: 10m", "window: 10m, engine: prometeus", "did you mean 'prometheus'?"),
        ("when_absent: zero", "when_absent: zeroo", "did you mean 'zero'?"),
        ("id: errors", "id: Errors", "did you mean errors?"),
        ("name: shop", "name: Shop", "did you mean shop?"),
        ("owner: Shop Team", "ownr: Shop Team", "did you mean 'owner'?"),
    ],
)
def test_a_misspelt_name_is_suggested(old: str, new: str, hint: str) -> None:
    """Keys, kinds, words, types, units, metrics, labels, members, engines, ids."""
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    found = check_specs([SpecFile("shop.yaml", text)]).diagnostics

    hints = [one.hint for one in report.in_order(found)]
    assert [one for one in hints if one.startswith(hint)] != [], report.text(found, {"shop.yaml": text})
