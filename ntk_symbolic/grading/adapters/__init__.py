"""Calls of other libraries, each a file by itself: it is run where that library is installed, without this package."""
