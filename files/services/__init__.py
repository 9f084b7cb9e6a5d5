"""Writing files: sending, checking, hanging them on things, changing and removing them."""
