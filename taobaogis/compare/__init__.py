"""Villages side by side: criteria with fixed value functions, and a ranking that may refuse."""
