"""What became of a gate: from recorded states and logged decisions to failures, overrides and figures.

Values in, values out: `compiler.prometheus` and `compiler.files` read, `compiler.commands.log` asks and prints.
Times are Unix seconds, UTC.
"""
