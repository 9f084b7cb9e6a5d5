"""People, teams, sessions."""
