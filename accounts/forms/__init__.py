"""Forms about people, teams and this installation."""
