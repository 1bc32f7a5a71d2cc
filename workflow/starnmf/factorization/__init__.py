"""Non-negative factorization along the projected gradient flow, many restarts at once."""

RESUME_MINUTES = "STARNMF_RESUME_MINUTES"
"""Environment variable in which a workflow tells how often unfinished descents are saved."""
