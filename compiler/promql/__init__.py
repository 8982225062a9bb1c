"""PromQL as a typed tree: `expr` is the data, `build` makes it, `printer` writes it."""
