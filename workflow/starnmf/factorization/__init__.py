"""Non-negative factorization by projected gradient descent, many restarts at once."""
