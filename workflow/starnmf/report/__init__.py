"""The pages of the report beside the figures: tables, the claims ledger, and interactive plots."""
