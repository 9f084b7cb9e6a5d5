"""Operations of the API about projects, and about a person's inbox, which tells of them."""
