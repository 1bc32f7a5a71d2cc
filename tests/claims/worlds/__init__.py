"""Made-up worlds, each with a claim of which it is known whether it holds there."""
