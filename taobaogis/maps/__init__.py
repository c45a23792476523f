"""Maps: described, drawn, written; on screen, on paper and in notebooks."""
