"""The version of this package; the build reads it here, and no module needs the package's root for it."""

__version__ = "0.1.0"
