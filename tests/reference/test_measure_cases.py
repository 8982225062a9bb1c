"""The reference has the state and value that each case of tests/measures says, as the rules have on real promtools."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import ROOT
from gates import spec_text
from reference.evaluation import judge
from reference.moment import Moment
from reference.prometheus import of_version
from reference.series import read, spelled_out

from compiler.spec.load import load

CASES = sorted((ROOT / "tests" / "measures" / "cases").glob("*.yaml"))
END = 1_800_000


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
@pytest.mark.parametrize("version", ["2.42", "3.5"])
def test_kind(path: Path, version: str) -> None:
    """Each case but those of native histograms, which the reference does not model."""
    document = yaml.safe_load(path.read_text())
    native = {name for name, metric in document["metrics"].items() if metric.get("native")}
    wrong = [
        (case["title"], case["state"], case.get("value"), *found)
        for case in document["cases"]
        if version in case.get("engines", [version])
        if case["criterion"]["measure"].get("histogram") not in native
        if (found := _differs(document["metrics"], case, version))
    ]

    assert wrong == []


def _differs(metrics: dict[str, Any], case: dict[str, Any], version: str) -> tuple[object, ...]:
    criterion = {"id": "case", "title": "A case", **case["criterion"]}
    loaded = load(spec_text(metrics, [*case.get("others", []), criterion]), "case.yaml")
    assert loaded.gate is not None, loaded.diagnostics
    texts = {name: " ".join(spelled_out(str(values))) for name, values in case["series"].items()}
    engine = of_version(tuple(int(part) for part in version.split(".")))
    found = judge(loaded.gate, Moment(engine, read(texts, 30_000), END)).criteria["case"]
    value = max(found.values.values(), default=None)
    same = "value" not in case or value == pytest.approx(case["value"], rel=0, abs=1e-9)
    return () if found.state.name == case["state"] and same else (found.state.name, value)
