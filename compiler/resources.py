"""Where the templates are, and the one Jinja environment (for textual artifacts, never for PromQL)."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # slow to load, and who asks where the templates are needs none of it
    from jinja2 import Environment

# In a wheel the templates lie inside the package; in a checkout, beside it.
_PACKAGED: Final = Path(__file__).resolve().parent / "templates"
TEMPLATES: Final = _PACKAGED if _PACKAGED.is_dir() else _PACKAGED.parent.parent / "templates"


def environment() -> "Environment":
    """A strict environment: an undefined name is an error, and nothing is escaped unless a template asks for it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no template makes HTML; each back end registers the escaping of its language
    )
