#!/bin/sh
# Runs once, when the database is made: a second role for web, worker and beat, which may read and write rows and nothing
# else. Migrations run as the owner, whose new tables it may use by the default privileges below.
set -eu
psql --set=ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set=password="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE plumbline_app LOGIN PASSWORD :'password';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO plumbline_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO plumbline_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO plumbline_app;
SQL
