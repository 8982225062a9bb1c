"""The functions and aggregations of PromQL, and which versions of Prometheus know them.

Measured on 2.42, 2.53 and 3.5; what none of these has is called later.
https://prometheus.io/docs/prometheus/latest/querying/functions/
"""

from dataclasses import dataclass
from typing import Final

from compiler.promql.features import Feature, experimental, new_in, removed_in
from compiler.promql.syntax import ValueType


@dataclass(frozen=True, slots=True)
class Function:
    """A function: what it takes and gives. `optional` of the last arguments may be left out; None: any number more."""

    name: str
    takes: tuple[ValueType, ...]
    gives: ValueType = "vector"
    optional: int | None = 0
    feature: Feature | None = None

    @property
    def fewest(self) -> int:
        """How many arguments there must be."""
        return len(self.takes) - (1 if self.optional is None else min(self.optional, 1))

    @property
    def most(self) -> int | None:
        """How many arguments there may be; None if there is no limit."""
        return None if self.optional is None else self.fewest + self.optional


_TYPES: Final[dict[str, ValueType]] = {"s": "scalar", "v": "vector", "m": "matrix", "t": "string"}
# Names by the types that they take: s scalar, v vector, m range vector, t string; `?` before what is optional.
_SIGNATURES: Final[dict[str, str]] = {
    "v": "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_count histogram_sum ln"
    " log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp",
    "m": "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time"
    " max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time",
    "?v": "day_of_month day_of_week day_of_year days_in_month hour minute month year",
    "vs": "clamp_max clamp_min",
    "vss": "clamp",
    "v?s": "round",
    "sv": "histogram_quantile",
    "ssv": "histogram_fraction",
    "ms": "predict_linear",
    "sm": "quantile_over_time",
    "vtttt": "label_replace",
    "vttt*": "label_join",
}
_SCALARS: Final = ("pi", "time")
_NEWER: Final[dict[str, tuple[str, Feature]]] = {
    "histogram_avg": ("v", new_in("2.53", "the function histogram_avg")),
    "histogram_stddev": ("v", new_in("2.53", "the function histogram_stddev")),
    "histogram_stdvar": ("v", new_in("2.53", "the function histogram_stdvar")),
    "mad_over_time": ("m", experimental("2.53", "the function mad_over_time")),
    "sort_by_label": ("vt*", experimental("2.53", "the function sort_by_label")),
    "sort_by_label_desc": ("vt*", experimental("2.53", "the function sort_by_label_desc")),
    "holt_winters": ("mss", removed_in("3.0", "the function holt_winters", "double_exponential_smoothing")),
    "double_exponential_smoothing": ("mss", experimental("3.5", "the function double_exponential_smoothing")),
    "info": ("v?v", experimental("3.5", "the function info")),
    "ts_of_max_over_time": ("m", experimental("3.5", "the function ts_of_max_over_time")),
    "ts_of_min_over_time": ("m", experimental("3.5", "the function ts_of_min_over_time")),
    "ts_of_last_over_time": ("m", experimental("3.5", "the function ts_of_last_over_time")),
    "ts_of_first_over_time": ("m", experimental("later", "the function ts_of_first_over_time")),
    "first_over_time": ("m", experimental("later", "the function first_over_time")),
    "histogram_quantiles": ("vtss*", experimental("later", "the function histogram_quantiles")),
    "integral": ("m?s", experimental("later", "the function integral")),
}
_LATER_SCALARS: Final = ("step", "range", "start", "end")


def _function(name: str, signature: str, feature: Feature | None = None) -> Function:
    takes = tuple(_TYPES[letter] for letter in signature if letter in _TYPES)
    optional = None if signature.endswith("*") else 1 if "?" in signature else 0
    return Function(name, takes, optional=optional, feature=feature)


def _functions() -> dict[str, Function]:
    known = [_function(name, signature) for signature, names in _SIGNATURES.items() for name in names.split()]
    known += [_function(name, signature, feature) for name, (signature, feature) in _NEWER.items()]
    known += [Function(name, (), "scalar") for name in _SCALARS]
    known += [Function("scalar", ("vector",), "scalar"), Function("vector", ("scalar",))]
    for name in _LATER_SCALARS:
        known.append(Function(name, (), "scalar", feature=experimental("later", f"the function {name}")))
    return {function.name: function for function in known}


FUNCTIONS: Final = _functions()


@dataclass(frozen=True, slots=True)
class Aggregator:
    """An aggregation: the type of its parameter, if it takes one."""

    name: str
    param: ValueType | None = None
    feature: Feature | None = None


AGGREGATORS: Final = {
    one.name: one
    for one in (
        *(Aggregator(name) for name in ("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar")),
        *(Aggregator(name, "scalar") for name in ("topk", "bottomk", "quantile")),
        Aggregator("count_values", "string"),
        Aggregator("limitk", "scalar", experimental("3.5", "the aggregation limitk")),
        Aggregator("limit_ratio", "scalar", experimental("3.5", "the aggregation limit_ratio")),
    )
}
