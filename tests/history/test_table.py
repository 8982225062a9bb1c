"""The story as text: what a person reads, whole."""

from engines import ROOT

from compiler.history import table
from compiler.history.decisions import Decision
from compiler.history.story import Recorded, Story, story
from compiler.history.stretches import Stretch

NOW = 1_795_532_400  # 2026-11-24T15:00:00Z
EVERY = 30.0
HOUR = 3600


def stretches(*pieces: tuple[float, int | None]) -> tuple[Stretch, ...]:
    """Stretches that end at NOW, by (hours, state)."""
    end, found = float(NOW), []
    for hours, state in reversed(pieces):
        found.append(Stretch(end - hours * HOUR, end, state))
        end -= hours * HOUR
    return tuple(reversed(found))


def decision(hours_ago: float, verdict: str, **more: object) -> Decision:
    """A line of the log."""
    known = {"overrides": (), "commit": "5d2c0e1f00d5aa", "job": "https://ci.example.com/7", "failing": ()}
    reason = "1 of 29 criteria do not pass" if verdict == "fail" else "all 29 criteria pass"
    fields = {"time": NOW - hours_ago * HOUR, "gate": "shop", "revision": "r", "verdict": verdict, "reason": reason}
    return Decision(**(fields | known | more))  # type: ignore[arg-type]


def points(hours_ago: float, hours: float, value: float) -> list[tuple[float, float]]:
    """The same value at each evaluation."""
    first = NOW - hours_ago * HOUR
    return [(first + EVERY * n, value) for n in range(round(hours * HOUR / EVERY))]


def one_story() -> Story:
    """Eight days with a failure, a gap, an override, and a failure that is not over."""
    labels = {"override": "hotfix", "reason": "p0_incident", "ticket": "INC-7", "approver": "ops_lead"}
    recorded = Recorded(
        stretches((168, 0), (2, 10), (0.5, 11), (12, 0), (1, None), (5, 0), (3, 1), (0.2, 0), (0.25, 20), (0.05, 10)),
        {
            ("web", "latency"): [*points(24, 2, 10), *points(0.05, 0.05, 10)],
            ("web", "availability"): points(0.3, 0.25, 20),
        },
        [(labels, points(3.5, 3, NOW - 0.5 * HOUR))],
        EVERY,
    )
    told = [
        decision(23, "fail", failing=("latency",)),
        decision(22, "unknown", reason="no answer\x1b[31m", commit="", job=""),
        decision(3, "pass", overrides=("hotfix",), failing=("latency", "availability")),
    ]
    return story("shop", 8, NOW, recorded, told)


def test_a_story_reads_well() -> None:
    """Sections in the order of interest; times in UTC; nothing that a log holds controls the terminal."""
    assert (
        table.text([one_story()])
        == """\
shop, 2026-11-16 15:00Z to 2026-11-24 15:00Z
============================================

failures
  begin              end                lasted  was              because of                    decisions
  2026-11-23 15:00Z  2026-11-23 17:30Z  2h30m   FAILING 2h       web/latency FAIL 2h           1 fail
                                                STABILISING 30m                                1 unknown
  2026-11-24 14:42Z  not over           18m     NO DATA 15m      web/availability NO DATA 15m  none
                                                FAILING 3m       web/latency FAIL 3m

overrides
  begin              end                lasted  open for  reason       ticket  approver  id
  2026-11-24 11:30Z  2026-11-24 14:30Z  3h      3h        p0_incident  INC-7   ops_lead  hotfix

not observed
  begin              end                lasted
  2026-11-24 05:30Z  2026-11-24 06:30Z  1h

the gate itself
                 7 days  8 days
  time closed    2h48m   2h48m
  closings       2       2
  time to green  1h24m   1h24m
  overridden     1.80%   1.57%
  no data        0.15%   0.13%
  not observed   0.60%   0.52%

decisions
  time               verdict          commit        reason                        job
  2026-11-23 16:00Z  fail             5d2c0e1f00d5  1 of 29 criteria do not pass  https://ci.example.com/7
                                                    latency
  2026-11-23 17:00Z  unknown          -             no answer\\x1b[31m             -
  2026-11-24 12:00Z  pass (override)  5d2c0e1f00d5  all 29 criteria pass          https://ci.example.com/7
                                                    latency, availability
"""
    )


def test_the_documented_story_is_this_one() -> None:
    """docs/decision-log.md shows it."""
    assert table.text([one_story()]).rstrip() in (ROOT / "docs" / "decision-log.md").read_text()


def test_what_nobody_saw_is_not_said_to_be_known() -> None:
    """A failure that began before, or ended in a gap; a gate that nobody judged; one of which only a log is known."""
    cut = story("shop", 1, NOW, Recorded(stretches((1, 10), (22, 0), (0.5, 10), (0.5, None)), {}, [], EVERY), ())
    blind = story("shop", 1, NOW, Recorded(stretches((24, None)), {}, [], EVERY), ())
    logged = story("shop", 1, NOW, None, [decision(1, "pass")])
    many = {("web", f"c{n:02}"): points(1, 1, 10) for n in range(11)}
    wide = story("shop", 1, NOW, Recorded(stretches((23, 0), (1, 10)), many, [], EVERY), ())

    assert "  by 2026-11-23 15:00Z  2026-11-23 16:00Z  " in table.text([cut])
    assert "  2026-11-24 14:00Z     after 2026-11-24 14:30Z  30m " in table.text([cut])
    assert "  not observed   100%\n" in table.text([blind])
    assert "  time closed    -\n" in table.text([blind])
    assert "failures" not in table.text([logged])
    assert "web/c07 FAIL 1h" in table.text([wide])
    assert "web/c08 FAIL 1h" not in table.text([wide])
    assert "and 3 more" in table.text([wide])


def test_gates_are_told_apart() -> None:
    """Each under a heading of its own."""
    lines = table.text([one_story(), one_story()]).splitlines()

    assert [lines[n - 1] for n, line in enumerate(lines) if line.startswith("===")] == [
        "shop, 2026-11-16 15:00Z to 2026-11-24 15:00Z"
    ] * 2
