"""The paper's tables, written from result files."""
