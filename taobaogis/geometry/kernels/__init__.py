"""Compiled loops over coordinates; each does what a slower way in NumPy, SciPy or GEOS does."""
