"""Land use: what the land of a village serves, as far as it is mapped."""
