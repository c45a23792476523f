"""A city at once: every measure in tiles, and villages looked for."""
