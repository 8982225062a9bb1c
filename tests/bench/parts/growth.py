"""What grows with the criteria of one gate.

Rules, samples that an evaluation reads (predicted, as `promgate cost` does), and the processor time of `promgate
generate`. The gate has the reference gate's criteria again and again, with metrics of their own, so that the copies
share nothing; `metrics_fresh`, which looks at all metrics, is there once.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml
from bench.counts import SPEC, plan
from bench.part import Column, Lines, Options, Panel, Row, exponent, number
from bench.process import PROMGATE, timed

from compiler.middle.cost import predict
from compiler.middle.cost.cardinality import Declared
from compiler.spec.load import load

NAME = "growth"
TITLE = "Growth with criteria"
COLUMNS: tuple[Column, ...] = (
    Column("criteria", "criteria", ",d"),
    Column("rules", "rules", ",d"),
    Column("samples", "samples an evaluation", ",d"),
    Column("cpu", "processor, s", ".2f"),
)
_COPIES: Final = (1, 2, 4, 8, 16)
_OF_ALL: Final = "metrics_fresh"
_MEASURED: Final = (("rules", "rules"), ("samples", "samples"), ("processor time", "cpu"))


def measure(options: Options) -> list[Row]:
    """A row for each number of copies."""
    del options
    texts = [yaml.safe_dump(copied(copies), sort_keys=False) for copies in _COPIES]
    _row(texts[0])  # before any is measured, so that there is bytecode to load
    return [_row(text) for text in texts]


def _row(text: str) -> Row:
    spec = load(text, "copies.yaml")
    gate = plan(spec)
    assert spec.gate
    with tempfile.TemporaryDirectory(prefix="promgate-bench-") as directory:
        Path(directory, "copies.yaml").write_text(text)
        ran = timed((*PROMGATE, "generate", "copies.yaml", "--no-validate"), Path(directory), Path(directory, "cache"))
    cost = predict(gate, Declared(spec.gate))
    return {"criteria": len(gate.criteria), "rules": len(gate.rules), "samples": cost.samples, "cpu": ran.cpu}


def copied(copies: int) -> dict[str, Any]:
    """The reference gate with its criteria and metrics so many times."""
    document: dict[str, Any] = yaml.safe_load(SPEC.read_text())
    del document["cost"]["budget"]
    metrics, categories = document["metrics"], document["categories"]
    names = re.compile(rf"\b({'|'.join(metrics)}|CostAnomaly)")
    for number_ in range(1, copies):
        prefix = f"c{number_}_"
        document["metrics"] = document["metrics"] | {f"{prefix}{name}": deepcopy(one) for name, one in metrics.items()}
        document["categories"] = [*document["categories"], *(_category(one, prefix, names) for one in categories)]
    return document


def _category(category: dict[str, Any], prefix: str, names: re.Pattern[str]) -> dict[str, Any]:
    criteria = [one for one in category["criteria"] if one["id"] != _OF_ALL]
    renamed: dict[str, Any] = yaml.safe_load(names.sub(rf"{prefix}\1", yaml.safe_dump({"criteria": criteria})))
    own = [{**one, "id": f"{prefix}{_id(one, prefix)}"} for one in renamed["criteria"]]
    return {**category, "id": f"{prefix}{category['id']}", "criteria": own}


def _id(criterion: dict[str, Any], prefix: str) -> str:
    return str(criterion["id"]).removeprefix(prefix)


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """Exponents of growth."""
    for title, key in _MEASURED:
        yield f"Growth of {title} with criteria, by exponent: {exponent(_points(rows, key)):.3f}."


def _points(rows: Sequence[Row], key: str) -> tuple[tuple[float, float], ...]:
    return tuple((number(row, "criteria"), number(row, key)) for row in rows)


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """All of them by the number of criteria."""
    lines = tuple((title, _points(rows, key)) for title, key in _MEASURED[:2])
    yield Lines("Rules and samples of one gate", "criteria", lines)
