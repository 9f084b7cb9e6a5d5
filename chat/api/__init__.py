"""Operations of the API about conversations."""
