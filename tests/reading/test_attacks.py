"""Every fault of the reading side, on gate-check.sh and on the one-liners that docs/faults-reading.md compares."""

import subprocess

import pytest
from gate_script import Script
from reading.attacks import ATTACKS, Attack, outcome
from reading.report import PAGE, line, row

CASES = [pytest.param(group, attack, id=attack.name) for group, some in ATTACKS.items() for attack in some]
JQ = subprocess.run(["jq", "--version"], capture_output=True, text=True, check=False).stdout.strip()


@pytest.mark.parametrize(("group", "attack"), CASES)
def test_under_attack(script: Script, group: str, attack: Attack) -> None:
    """The exit code is right, the message says what to do, stderr is quiet, and the page says what was measured."""
    seen = outcome(attack, script)

    measured = row(group, attack, seen)
    assert (seen.script.code, seen.script.err) == (attack.code, "")
    assert attack.words in seen.script.out
    told = next(text for text in PAGE.read_text().splitlines() if text.startswith(f"| {attack.name} |"))
    if JQ == "jq-1.6":  # later ones end differently without input, as the page says
        assert told == line(measured)


def test_the_page_has_no_other_rows() -> None:
    """What is not tried any more is not claimed any more, and nobody fools gate-check.sh."""
    told = [text[2:].split(" | ") for text in PAGE.read_text().splitlines() if text.startswith("| ")]

    faults = [name for some in ATTACKS.values() for name in ("fault", *(attack.name for attack in some))]
    assert [cells[0] for cells in told][:-4] == faults
    assert ["fooled", "0"] in [cells[:2] for cells in told]
