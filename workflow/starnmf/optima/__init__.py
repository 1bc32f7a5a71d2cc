"""What the ends of restarts are to each other: matched ranks, the loss between them, and a centre of all."""
