"""The compiled rules agree with the reference on random cases, and obey the laws; `make differential` takes more."""

import pytest
from engines import SUITES, find_engine, require
from reference.differential import check
from reference.evaluator import of_prometheus, of_victoria
from reference.law import Law, breaches
from reference.laws import LAWS
from reference.random_case import cases
from victoria import require_victoria

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("suite", [SUITES[0], SUITES[-1]])
def test_rules_agree_with_the_reference(suite: str) -> None:
    """On a hundred pairs of a gate and samples, value, state, pass, categories, met and pass are the same."""
    engine = require(find_engine(suite), f"there is no usable Prometheus of {suite}: run scripts/fetch-engines")
    done = list(check([of_prometheus(engine)], cases(7, 100)))

    assert [str(one.first) for result in done for one in result.disagreements] == []
    assert sum(result.agreed for result in done) > 50


@pytest.mark.slow
def test_rules_of_victoriametrics_agree_with_the_reference() -> None:
    """The same on vmalert-tool, where verdicts come an evaluation later, and NaN is a gap."""
    done = list(check([of_victoria(require_victoria())], cases(7, 60, "victoriametrics")))

    assert [str(one.first) for result in done for one in result.disagreements] == []
    assert sum(result.agreed for result in done) > 30


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_law(law: Law) -> None:
    """No case that the law speaks of breaks it."""
    engine = require(find_engine(SUITES[0]), "there is no usable Prometheus: run scripts/fetch-engines")
    _, found = breaches(of_prometheus(engine), law, list(cases(8, 12)), law.name)

    assert [breach.what for breach in found] == []
