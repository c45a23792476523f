"""Clusters: where places gather."""
