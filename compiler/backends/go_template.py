"""Go templates, which annotations and notifications are: plain text in them, queries, and actions around text.

https://pkg.go.dev/text/template; a `query` in an annotation is PromQL in a Go string in a Go template in YAML.
"""

from compiler.promql.expr import Expr
from compiler.promql.printer import quote, show


def literal(text: str) -> str:
    """The text as it is, on one line: nothing in it, and nothing that follows it, can open an action.

    Every brace is escaped and not just pairs, since a brace at the end would join the one of an action that follows.
    """
    return " ".join(text.split()).replace("{", '{{ "{" }}')


def string(text: str) -> str:
    """The text as a Go string: raw where that is readable, else with escapes."""
    return f"`{text}`" if text.isprintable() and "`" not in text else quote(text)


def query(expr: Expr) -> str:
    """The call of `query`, a function of annotations, with the expression."""
    return f"query {string(show(expr))}"


def act(pipeline: str) -> str:
    """`{{ pipeline }}`."""
    return f"{{{{ {pipeline} }}}}"


def each(pipeline: str, body: str, otherwise: str = "") -> str:
    """The body for each element of the pipeline, or `otherwise` if there is none."""
    return _block("range", pipeline, body, otherwise)


def given(pipeline: str, body: str, otherwise: str = "") -> str:
    """The body with the pipeline as the dot if it is not empty, else `otherwise`."""
    return _block("with", pipeline, body, otherwise)


def each_line(pipeline: str, line: str) -> str:
    """A line for each element of the pipeline; the template's own line breaks around the actions do not count."""
    return f"\n{{{{- range {pipeline} }}}}\n{line}\n{{{{- end }}}}"


def given_paragraph(pipeline: str, body: str, otherwise: str) -> str:
    """Like `given`, with each alternative on lines of its own in the template, not in the result."""
    return f"{{{{ with {pipeline} -}}}}\n{body}\n{{{{- else -}}}}\n{otherwise}\n{{{{- end }}}}"


def define(name: str, body: str) -> str:
    """A part that `template` calls, on a line of its own."""
    return act(f"define {string(name)}") + body + "{{ end -}}\n"


def _block(word: str, pipeline: str, body: str, otherwise: str) -> str:
    alternative = act("else") + otherwise if otherwise else ""
    return act(f"{word} {pipeline}") + body + alternative + act("end")
