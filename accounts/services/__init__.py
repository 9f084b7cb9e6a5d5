"""Everything that changes people, teams, tokens and the settings of this installation."""
