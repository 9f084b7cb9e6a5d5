"""Pages of the inbox and of what reaches a person."""
