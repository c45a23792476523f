"""Trust: how far a number holds, and when none may be given."""
