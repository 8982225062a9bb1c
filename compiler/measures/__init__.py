"""The measure kinds. A new kind is a module here and a word in `Measure`."""

from typing import Annotated

from pydantic import Field

from compiler.measures.age import Age
from compiler.measures.alerts import Alerts
from compiler.measures.deviation_from_average import DeviationFromAverage
from compiler.measures.freshness import Freshness
from compiler.measures.gauge import Gauge
from compiler.measures.growth import Growth
from compiler.measures.increase import Increase
from compiler.measures.largest_share import LargestShare
from compiler.measures.promql import PromQL
from compiler.measures.quantile import Quantile
from compiler.measures.ratio import Ratio
from compiler.measures.share_deviation import ShareDeviation
from compiler.measures.unit_cost import UnitCost

Measure = Annotated[
    Ratio
    | Quantile
    | Gauge
    | Age
    | Freshness
    | Increase
    | Growth
    | LargestShare
    | ShareDeviation
    | UnitCost
    | DeviationFromAverage
    | Alerts
    | PromQL,
    Field(discriminator="kind"),
]
