"""The local stack: PostgreSQL, Valkey, web, worker, beat and a mailbox from one command, with nothing installed before.

`cli` reads the command line, `supervisor` starts, watches and stops, `servers` gives a database and a Redis (embedded,
or those of DATABASE_URL and REDIS_URL), `postgres` and `valkey` know their programs, `child` knows processes.
"""
