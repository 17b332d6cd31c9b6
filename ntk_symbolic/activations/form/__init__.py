"""φ as an expression: its symbols, pieces and terms, and the algebra of their sums."""
