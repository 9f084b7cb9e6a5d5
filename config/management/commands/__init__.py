"""`manage.py prepare`."""
