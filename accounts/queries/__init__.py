"""Reading people and teams."""
