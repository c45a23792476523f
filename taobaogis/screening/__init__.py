"""Where villages may be: candidates from footprints and streets alone."""
