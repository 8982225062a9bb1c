"""Diagnostics to text: for people at a terminal, for machines, for GitHub's annotations and for code scanning.

Pure functions, one file each. A report is sorted by file, line and column; what lies in no file comes last.
"""

from compiler.report.annotations import github
from compiler.report.machines import json_document
from compiler.report.order import in_order
from compiler.report.people import text
from compiler.report.scanning import Rule, sarif
from compiler.report.visible import visible

__all__ = ("Rule", "github", "in_order", "json_document", "sarif", "text", "visible")
