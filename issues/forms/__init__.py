"""What pages of issues send, read and checked."""
