"""Star-convexity in non-negative matrix factorization, measured: the library behind the pipeline."""
