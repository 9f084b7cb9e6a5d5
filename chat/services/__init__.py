"""Everything that changes conversations."""
