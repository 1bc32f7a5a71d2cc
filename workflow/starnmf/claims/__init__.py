"""The ledger: of every claim of the paper, what was measured and whether it holds."""
