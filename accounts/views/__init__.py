"""Pages about people, teams and this installation."""
