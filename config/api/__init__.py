"""What every operation of the REST API has in common; the operations stand in each app's `api` package."""
