"""Urban form: how wide the streets are and how the houses stand."""
