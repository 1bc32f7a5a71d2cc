"""The loss along straight lines of factors, in closed form: no grids."""
