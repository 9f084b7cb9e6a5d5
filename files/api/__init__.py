"""Operations of the API about files."""
