"""Array code printed from expressions: the generator, and its output for the library."""
