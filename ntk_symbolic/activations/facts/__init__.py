"""Facts that are read off the pieces of φ: parity, degree, jumps, growth, the variances at which E φ² is finite."""
