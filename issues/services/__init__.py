"""Everything that changes issues. Each service locks, checks, writes, keeps history, and records its event last."""
