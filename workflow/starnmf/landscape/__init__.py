"""What the loss looks like between random points and optima, and along descents."""
