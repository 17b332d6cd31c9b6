"""Properties of φ from its pieces: parity, degree, jumps, growth, the variances at which E φ² is finite."""
