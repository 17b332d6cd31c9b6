"""Array code printed from expressions: the generator, and what it has written for the library."""
