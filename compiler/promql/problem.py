"""What is wrong with an expression, as a value that knows where in the expression."""

from dataclasses import dataclass
from typing import Final

NOT_PROMQL: Final = "PG301"

Mark = tuple[int, int, str]  # start and end of a further place, and what it has to do with the problem


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (offsets in the text, the end exclusive), what to type instead, and further places."""

    message: str
    start: int
    end: int
    hint: str = ""
    marks: tuple[Mark, ...] = ()


class PromQLError(ValueError):
    """An expression that cannot be read, or that promgate does not allow."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.message}; {problem.hint}" if problem.hint else problem.message)
        self.problem = problem
