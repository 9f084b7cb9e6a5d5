"""Operations of the API about issues."""
