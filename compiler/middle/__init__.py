"""From a gate to its plan: lowering, sharing, order."""
