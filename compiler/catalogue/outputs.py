"""PG4xx: what can be wrong with generated files, the tools that check them, and a config to merge with."""

from typing import Final

from compiler import comparing, promtool, rule_testing
from compiler.backends import alertmanager_merge
from compiler.catalogue.explanation import Explanation

_COMMIT: Final = "run `promgate generate` and commit what it writes."

EXPLAINED: Final = (
    Explanation(
        comparing.MISSING,
        "A generated file is missing",
        "`generate --check` did not find a file that the specs give.",
        "Prometheus would not judge the gate as its spec says.",
        _COMMIT,
    ),
    Explanation(
        comparing.DIFFERS,
        "A generated file is not what the specs give",
        "`generate --check` found other text in a file, or `gate-check.sh` cannot be executed.",
        "either the spec was changed without generating, or the file was edited by hand; both mean that what is judged "
        "is not what is written in the spec.",
        _COMMIT,
    ),
    Explanation(
        comparing.LEFTOVER,
        "A generated file that no spec gives any more",
        "`generate --check` found a file of promgate's that belongs to no spec.",
        "rules of a gate that was removed would go on alerting.",
        _COMMIT,
    ),
    Explanation(
        comparing.NOT_OURS,
        "Something else is in the way",
        "at the place of an artifact there is a file that promgate did not generate, a directory, or a symbolic link.",
        "nothing that promgate did not write is ever overwritten.",
        "move it away, or choose another directory with --out.",
    ),
    Explanation(
        comparing.OTHER_GATES,
        "The output directory holds other gates",
        "some specs were compiled alone, into a directory that holds the files of more.",
        "the one Alertmanager config has the routes of all gates, and now leaves the others out.",
        "compile all specs together.",
    ),
    Explanation(
        promtool.TOOL_MISSING,
        "promtool or amtool is not there",
        "the tool that checks what was generated was not found.",
        "what Prometheus' own tool did not accept is not written.",
        "install it, name it with --promtool or --amtool, or leave the check out with --no-validate.",
    ),
    Explanation(
        promtool.TOOL_FAILED,
        "promtool or amtool could not answer",
        "the tool could not be run, took too long, or failed without a verdict.",
        "no verdict is no approval.",
        "run it by hand to see what is wrong with it, or leave the check out with --no-validate.",
    ),
    Explanation(
        promtool.RULE_REFUSED,
        "promtool refuses a rule",
        "Prometheus' own tool does not accept a generated rule; the place is that in the spec which the rule is from.",
        "Prometheus would refuse the whole rule file, and go on with the old one.",
        "correct the expression of the `promql` measure; with any other measure it is a bug of promgate.",
    ),
    Explanation(
        promtool.FILE_REFUSED,
        "promtool or amtool refuses a generated file",
        "Prometheus' or Alertmanager's own tool does not accept a file as a whole.",
        "the server would not load it.",
        "correct the file that was given with --alertmanager-base; without one it is a bug of promgate.",
    ),
    Explanation(
        rule_testing.TEST_FAILED,
        "A rule test fails",
        "`promgate test` ran the tests that a spec gives on the rules and alerts that are there, and one of them says "
        "something else than the spec; the place is what the test is about.",
        "a gate that does not do what its spec says opens when it must not, or stays closed.",
        "run `promgate generate` if the rules were edited or are of another commit; else it is a bug of promgate.",
    ),
    Explanation(
        rule_testing.RULES_REFUSED,
        "promtool cannot run the tests of a gate",
        "`promgate test` gave promtool the rules that are there, and it refused them before any test.",
        "what cannot be loaded judges nothing.",
        "run `promgate generate`.",
    ),
    Explanation(
        alertmanager_merge.CODE,
        "The Alertmanager config cannot be merged with",
        "the file that was given with --alertmanager-base is no Alertmanager config, or has names that the gates use.",
        "a merge that guesses could send a team's alerts somewhere else.",
        "see the hint.",
    ),
)
