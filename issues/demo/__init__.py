"""Demo and bench data: a team to look at, and a load to measure. Nothing of the product imports this."""
