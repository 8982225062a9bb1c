"""What the name of a metric says about which of its values are good ones.

Only words that leave no doubt count, and none that could turn their meaning round ("error_budget_remaining",
"time_between_failures") may be beside them; a name with words of both kinds says nothing.
"""

from typing import Final

from compiler.measures.base import Wanted

_LOW: Final = """
    error errors failure failures failed fails fault faults drop drops dropped timeouts rejected rejections lost loss
    crash crashes panic panics restarts exception exceptions aborted latency lag backlog cost costs stale throttled
    retries unhealthy unavailable
"""
_HIGH: Final = "success successes successful succeeded availability healthy"
_OF_CACHES: Final = "hit hits"
_TURNING: Final = """
    budget budgets remaining left limit limits quota max min threshold capacity free target allowed recovered handled
    resolved saved saving savings avoided prevented expected config configured timestamp since until between without
    no non not injected injection chaos simulated test tests time mtbf
"""


def wanted_by_name(name: str) -> Wanted | None:
    """Which values of a metric are the good ones, if its name says so."""
    words = name.lower().replace(":", "_").split("_")
    low = [word for word in words if word in _LOW.split()]
    high = [word for word in words if word in f"{_HIGH} {_OF_CACHES if 'cache' in words else ''}".split()]
    if not set(words).isdisjoint(_TURNING.split()) or bool(low) == bool(high):
        return None
    said = (low or high)[0]
    return Wanted("low" if low else "high", f"the name says {said!r}", sure=False)
