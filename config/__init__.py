"""Settings, entry points, the local stack, and the HTTP and template glue that every app may use."""
