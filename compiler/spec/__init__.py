"""From YAML text to a `Gate`: `source` reads the text and knows where everything is, `load` makes the model of it."""
