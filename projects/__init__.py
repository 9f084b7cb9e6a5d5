"""Projects, members, roles and permissions, labels, workflow."""
