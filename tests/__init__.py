"""The proof: mirrors the apps. Real PostgreSQL and Valkey, no mocks of our own code."""
