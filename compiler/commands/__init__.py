"""The commands, one file each. What they share is in `session`; `compiler.cli` lists them."""
