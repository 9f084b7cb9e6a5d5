"""Issues, board, history, search."""
