"""The dual kernel of an activation, derived term by term."""
