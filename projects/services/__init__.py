"""Everything that changes projects: their settings, members, labels and workflow."""
