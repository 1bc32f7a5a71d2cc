"""The pages of the report that are no figures: tables and the ledger to read, plots to look into."""
