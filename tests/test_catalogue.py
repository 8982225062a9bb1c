"""Everything that promgate can find is explained, and the explanations are true."""

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from compiler.catalogue import AREAS, EXPLANATIONS, page
from compiler.catalogue.explanation import Explanation, in_small, read
from compiler.cli import promgate

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/checks"
# What no small spec can show: sizes, bytes, several files, what only one YAML parser finds. All have other tests.
WITHOUT_EXAMPLE = {"PG007", "PG008", "PG009", "PG015", "PG016", "PG106", "PG110"}
_CODE = re.compile(r"PG\d{3}")


def codes_in_the_code() -> set[str]:
    """Every code that a module of the compiler gives a name to."""
    return {
        node.value.value
        for path in (ROOT / "compiler").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and _CODE.fullmatch(node.value.value)
    }


def found(spec: str) -> set[str]:
    """The codes of what is found in a spec."""
    return {one.code for one in page.problems(spec) if not one.acknowledged}


def test_every_code_is_explained_once() -> None:
    """No code is without an explanation, no explanation without its code, and each is in the area of its number."""
    explained = [(area.prefix, one.code) for area in AREAS for one in area.explained]

    assert codes_in_the_code() == set(EXPLANATIONS)
    assert len(explained) == len(EXPLANATIONS)
    assert [(prefix, code) for prefix, code in explained if not code.startswith(prefix)] == []


@pytest.mark.parametrize("one", EXPLANATIONS.values(), ids=EXPLANATIONS)
def test_an_example_is_flagged_and_its_counterpart_is_clean(one: Explanation) -> None:
    """The flagged spec has this finding and no other, the clean one has none; they are alike."""
    if one.code in WITHOUT_EXAMPLE or not one.code.startswith(("PG0", "PG1", "PG2", "PG3", "PG6", "PG7")):
        assert (one.flagged, one.clean) == ("", "")
        return
    flagged, clean = one.specs

    assert found(flagged) == {one.code}
    assert found(clean) == set()


@pytest.mark.parametrize("name", page.pages())
def test_the_pages_are_those_of_the_code(name: str) -> None:
    """`make docs` writes them; what promgate says of each example, with its place, stands in them word for word."""
    assert (PAGES / name).read_text() == page.pages()[name]


def test_no_page_is_left_over() -> None:
    """A page without a code would explain what no longer is."""
    assert sorted(path.name for path in PAGES.iterdir()) == sorted(page.pages())


def test_explain_prints_what_the_page_says() -> None:
    """For several codes, in whatever case they are typed."""
    ran = CliRunner().invoke(promgate, ["explain", "pg202", "PG401"], standalone_mode=False)

    assert (ran.exception, ran.return_value) == (None, 0)
    assert ran.stdout == page.terminal(EXPLANATIONS["PG202"]) + "\n" + page.terminal(EXPLANATIONS["PG401"])
    assert "\n    example.yaml:9:43: error[PG202]: queue_depth is a gauge, and a counter is needed here\n" in ran.stdout


def test_explain_lists_all_codes() -> None:
    """With their titles, by area, so that one can be found."""
    ran = CliRunner().invoke(promgate, ["explain"], standalone_mode=False)

    assert set(_CODE.findall(ran.stdout)) == set(EXPLANATIONS)
    assert all(one.title in ran.stdout for one in EXPLANATIONS.values())


def test_an_unknown_code_is_wrong_usage() -> None:
    """With the code that was meant."""
    ran = CliRunner().invoke(promgate, ["explain", "PG002x"])

    assert ran.exit_code == 2
    assert "there is no code 'PG002x'; did you mean PG002? `promgate explain` lists them all" in ran.stderr


def test_pages_replace_those_of_codes_that_are_gone(tmp_path: Path) -> None:
    """Other files are left alone."""
    (tmp_path / "PG999.md").write_text("")
    (tmp_path / "notes.md").write_text("mine")

    ran = CliRunner().invoke(promgate, ["explain", "--pages", str(tmp_path)], standalone_mode=False)

    assert (ran.exception, ran.return_value) == (None, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*page.pages(), "notes.md"])


def test_an_explanation_without_a_part_is_refused() -> None:
    """A check whose docstring does not teach cannot be registered; an example must change something that is there."""
    with pytest.raises(ValueError, match="the explanation of PG2 has no Why and no Use instead"):
        read("PG2", "Title.\n\nWhat: it.\n")
    with pytest.raises(ValueError, match="'nowhere' is not in the small spec"):
        in_small("nowhere", "")
