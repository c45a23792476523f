"""Geometry in, geometry out: what several measures share and shapely does not have."""
