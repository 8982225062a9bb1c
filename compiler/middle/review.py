"""When a gate must be reviewed, as a series: what its alert and its dashboard compare with the clock."""

from collections.abc import Iterator

from compiler import naming
from compiler.middle.inputs import labels
from compiler.middle.plan import ReviewPlan, Rule
from compiler.promql import build


def review_rules(gate: str, review: ReviewPlan | None) -> Iterator[Rule]:
    """The beginning of the day of the review. Labels: gate. In seconds since 1970.

    It belongs to the group that decides, not to the statistics: where it is missing so is the verdict, which alerts.
    """
    if review:
        due = build.constant(review.due.seconds)
        yield Rule(naming.REVIEW_DUE, due, labels(gate=gate), f"the next review: {review.due}", review.origin)
