"""The parts of the benchmarks, in the order of the page."""

from typing import Final

from bench.part import Part
from bench.parts import compiling, duration, growth, samples, sloth, start

PARTS: Final[tuple[Part, ...]] = (samples, duration, compiling, growth, start, sloth)
