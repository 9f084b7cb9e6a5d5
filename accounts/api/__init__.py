"""Operations of the API about people, teams and tokens."""
