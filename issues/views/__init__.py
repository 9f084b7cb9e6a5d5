"""Pages of issues: the board, the list, one issue, search and trash."""
