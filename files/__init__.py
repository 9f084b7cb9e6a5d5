"""Uploads to S3 and the way back."""
