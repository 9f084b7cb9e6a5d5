"""Pages of projects: the list, their settings, members, labels, workflow and activity."""
