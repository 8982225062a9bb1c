"""Which module may import which, and who may print, spawn and open: the layout, enforced."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
    for path in sorted((ROOT / "compiler").rglob("*.py"))
}

LEAVES = {
    "compiler.diagnostics",
    "compiler.suggest",
    "compiler.engines",
    "compiler.fields",
    "compiler.moment",
    "compiler.naming",
    "compiler.states",
}
# Each package or module, and what of ours it may import besides itself; the longest name that fits counts.
ALLOWED = {
    "compiler": set(),
    "compiler.__main__": {"compiler.cli"},
    "compiler.diagnostics": set(),
    "compiler.engines": {"compiler.fields"},
    "compiler.suggest": set(),
    "compiler.fields": {"compiler.suggest"},
    "compiler.moment": {"compiler.fields"},
    "compiler.naming": set(),
    "compiler.states": set(),
    "compiler.resources": set(),
    "compiler.beside": set(),
    "compiler.collector": set(),
    "compiler.report": {"compiler.diagnostics"},
    "compiler.promql": LEAVES,
    "compiler.spec_fields": LEAVES | {"compiler.promql"},
    "compiler.measures": LEAVES | {"compiler.promql", "compiler.spec_fields"},
    "compiler.spec": LEAVES | {"compiler.places", "compiler.promql", "compiler.spec_fields", "compiler.measures"},
    "compiler.middle": LEAVES | {"compiler.places", "compiler.promql", "compiler.measures", "compiler.spec"},
    "compiler.middle.notices": LEAVES | {"compiler.middle.plan"},
    "compiler.middle.plan": LEAVES | {"compiler.promql"},
    "compiler.overrides": LEAVES | {"compiler.spec"},
    "compiler.checks": LEAVES | {"compiler.promql", "compiler.measures", "compiler.spec", "compiler.middle"},
    "compiler.checks.expressions": LEAVES
    | {"compiler.analysis", "compiler.queries", "compiler.spec", "compiler.middle", "compiler.checks.base"},
    "compiler.backends": LEAVES
    | {"compiler.promql", "compiler.middle.plan", "compiler.middle.notices", "compiler.resources"},
    "compiler.places": {"compiler.diagnostics"},
    "compiler.analysis": LEAVES | {"compiler.promql"},
    "compiler.queries": LEAVES | {"compiler.promql", "compiler.analysis", "compiler.places"},
    "compiler.documents": LEAVES
    | {"compiler.promql", "compiler.analysis", "compiler.queries", "compiler.places", "compiler.spec.text"},
    "compiler.texts": set(),
    "compiler.starter": LEAVES | {"compiler.promql", "compiler.resources"},
    "compiler.linter": LEAVES | {"compiler.documents", "compiler.frontend", "compiler.spec.text"},
    "compiler.pipeline": LEAVES
    | {
        "compiler.frontend",
        "compiler.spec",
        "compiler.overrides",
        "compiler.checks.of_plans",
        "compiler.middle",
        "compiler.backends",
    },
    "compiler.frontend": LEAVES | {"compiler.spec", "compiler.checks", "compiler.overrides"},
    "compiler.files": LEAVES | {"compiler.spec.text"},
    "compiler.comparing": LEAVES | {"compiler.backends.base"},
    "compiler.writing": {"compiler.backends.base", "compiler.comparing"},
    "compiler.ledger": LEAVES | {"compiler.resources", "compiler.spec.text", "compiler.comparing"},
    "compiler.building": LEAVES
    | {
        "compiler.backends",
        "compiler.beside",
        "compiler.collector",
        "compiler.comparing",
        "compiler.ledger",
        "compiler.middle.notices",
        "compiler.middle.plan",
        "compiler.overrides",
        "compiler.pipeline",
        "compiler.promtool",
        "compiler.spec.text",
        "compiler.writing",
    },
    "compiler.generation": LEAVES
    | {
        "compiler.backends.base",
        "compiler.building",
        "compiler.collector",
        "compiler.comparing",
        "compiler.ledger",
        "compiler.overrides",
        "compiler.pipeline",
        "compiler.promtool",
        "compiler.spec.text",
        "compiler.writing",
    },
    "compiler.promtool": LEAVES | {"compiler.backends.base"},
    "compiler.rule_testing": LEAVES | {"compiler.promtool", "compiler.backends.base"},
    "compiler.prometheus": LEAVES,
    "compiler.history": LEAVES | {"compiler.promql", "compiler.report"},
    # What it explains is where it is found, and its pages show what the front end says of their examples.
    "compiler.catalogue": LEAVES
    | {
        "compiler.report",
        "compiler.spec",
        "compiler.checks",
        "compiler.frontend",
        "compiler.queries",
        "compiler.documents",
        "compiler.linter",
        "compiler.pipeline",
        "compiler.overrides",
        "compiler.comparing",
        "compiler.promtool",
        "compiler.rule_testing",
        "compiler.backends",
    },
    "compiler.commands": LEAVES
    | {
        "compiler",
        "compiler.report",
        "compiler.catalogue",
        "compiler.files",
        "compiler.promtool",
        "compiler.rule_testing",
        "compiler.prometheus",
        "compiler.history",
        "compiler.promql",
        "compiler.frontend",
        "compiler.linter",
        "compiler.pipeline",
        "compiler.generation",
        "compiler.middle",
        "compiler.spec",
        "compiler.starter",
        "compiler.texts",
        "compiler.overrides",
    },
    "compiler.cli": {"compiler", "compiler.report", "compiler.commands"},
}
OPENERS = {
    "compiler.files",
    "compiler.comparing",
    "compiler.writing",
    "compiler.ledger",
    "compiler.texts",
    "compiler.promtool",
    "compiler.rule_testing",
    "compiler.prometheus",
    "compiler.commands.session",
    "compiler.commands.generate",
}
NETWORK = "compiler.prometheus"  # the only module that asks a server, and that must know how long it has waited
CLOCK = "compiler.commands.session"
FILE_METHODS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "mkdir",
    "rmdir",
    "rename",
    "touch",
    "iterdir",
    "glob",
}


def imports(tree: ast.Module) -> Iterator[str]:
    """The full names of what a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            assert node.module
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in names)


def calls(tree: ast.Module) -> Iterator[str]:
    """The names of all functions and methods that a module calls, as they are written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def within(name: str, packages: set[str]) -> bool:
    """Whether a module is one of the packages or in one; `compiler` itself stands only for its `__init__`."""
    return any(name == one or (one != "compiler" and name.startswith(f"{one}.")) for one in packages)


def rule(module: str) -> str:
    """The longest entry of ALLOWED that fits a module."""
    return max((one for one in ALLOWED if within(module, {one})), key=len, default="")


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    """Command line, pipeline, back ends and checks, middle, spec, measures, PromQL, leaves: only downwards."""
    entry = rule(module)
    assert entry, f"say in ALLOWED what {module} may import"

    ours = {name for name in imports(MODULES[module]) if name.split(".")[0] == "compiler"}

    assert sorted(name for name in ours if not within(name, ALLOWED[entry] | {entry})) == []


REGISTRIES = {"compiler.checks.of_plans"}


@pytest.mark.parametrize(
    "module", sorted({name for name in MODULES if name.startswith("compiler.checks.")} - REGISTRIES)
)
def test_no_check_imports_another(module: str) -> None:
    """What checks share is in their base and in no check."""
    siblings = {name for name in imports(MODULES[module]) if name.startswith("compiler.checks.")}

    assert siblings <= {f"compiler.checks.{shared}" for shared in ("base", "references", "constraints")}


@pytest.mark.parametrize("module", MODULES)
def test_only_the_command_line_prints_and_exits(module: str) -> None:
    """Everything else returns values."""
    printing = {"print", "click.echo", "sys.exit", "exit", "quit", "sys.stdout.write", "sys.stderr.write"}

    assert within(module, {"compiler.cli", "compiler.commands"}) or printing.isdisjoint(calls(MODULES[module]))


@pytest.mark.parametrize("module", MODULES)
def test_only_promtool_starts_processes(module: str) -> None:
    """And it never uses a shell. What works beside itself is a fork of it, and starts nothing."""
    names = set(imports(MODULES[module]))
    spawning = {"os.system", "os.popen", "os.execv", "os.execvp", "os.posix_spawn"}

    assert module == "compiler.promtool" or names.isdisjoint({"subprocess", "multiprocessing", "asyncio", "pty"})
    assert spawning.isdisjoint(calls(MODULES[module]))
    assert module == "compiler.beside" or "os.fork" not in calls(MODULES[module])
    shells = [n for n in ast.walk(MODULES[module]) if isinstance(n, ast.keyword) and n.arg == "shell"]
    assert shells == []


@pytest.mark.parametrize("module", MODULES)
def test_only_the_ends_touch_files_and_the_environment(module: str) -> None:
    """Specs come in and artifacts go out as values; templates are the business of `resources`."""
    used = {name.rpartition(".")[2] for name in calls(MODULES[module]) if name == "open" or "." in name}
    environment = "os.environ" in {ast.unparse(n) for n in ast.walk(MODULES[module]) if isinstance(n, ast.Attribute)}

    assert module in OPENERS or FILE_METHODS.isdisjoint(used)
    assert module in OPENERS or not environment


@pytest.mark.parametrize("module", MODULES)
def test_nothing_depends_on_time_chance_or_network(module: str) -> None:
    """The same spec gives the same bytes, so only commands may look at the clock, and one module at the network."""
    forbidden = {
        "time",
        "random",
        "secrets",
        "uuid",
        "socket",
        "http",
        "urllib.request",
        "platform",
        "getpass",
        "locale",
    }

    clocks = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}
    assert module == NETWORK or forbidden.isdisjoint(imports(MODULES[module]))
    assert module == CLOCK or clocks.isdisjoint(calls(MODULES[module]))


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_do_not_lean_on_the_checkout(path: Path) -> None:
    """A test that imports `tests`, `specs` or `generated` would pass only in a checkout."""
    tops = {name.split(".")[0] for name in imports(ast.parse(path.read_text()))}

    assert tops.isdisjoint({"tests", "specs", "generated"})


def test_every_entry_names_something() -> None:
    """The table above has no entry for a module that is gone."""
    assert [
        name for name in ALLOWED if name not in MODULES and not any(m.startswith(f"{name}.") for m in MODULES)
    ] == []
