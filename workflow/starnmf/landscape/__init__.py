"""The loss between random points and optima, and along descents."""
