-- Run once, by the server itself, in the database it has just made: two roles, and what each may do. docs/deploy-fleet.md.
-- The passwords are files that psql reads here; they are in no file of this kind and in no command line.
\set owner `cat /run/secrets/owner-password`
\set worker `cat /run/secrets/worker-password`
CREATE ROLE reconciler_owner LOGIN PASSWORD :'owner';
CREATE ROLE reconciler LOGIN PASSWORD :'worker';
ALTER DATABASE reconciler OWNER TO reconciler_owner;
REVOKE ALL ON DATABASE reconciler FROM PUBLIC;
GRANT CONNECT ON DATABASE reconciler TO reconciler;
-- PostgreSQL 14 lets everybody make tables in this schema.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO reconciler_owner;
-- Of what the owner makes from now on, here: what both write, what numbers the queue, what works on it.
ALTER DEFAULT PRIVILEGES FOR ROLE reconciler_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO reconciler;
ALTER DEFAULT PRIVILEGES FOR ROLE reconciler_owner GRANT USAGE ON SEQUENCES TO reconciler;
ALTER DEFAULT PRIVILEGES FOR ROLE reconciler_owner GRANT EXECUTE ON FUNCTIONS TO reconciler;
