-- What Redshift has and PostgreSQL lacks. Run once, as administrator, in a new database.
SET allow_system_table_mods = on;
CREATE SCHEMA redshift;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE
    AS $$ SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_catalog.nvl(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE
    AS $$ SELECT coalesce($1, $2) $$;

-- VARCHAR(n) and CHAR(n) hold n bytes, not n characters, however a table or column came about.
CREATE FUNCTION redshift.limit_bytes() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted record;
BEGIN
    IF current_setting('redshift.limiting_bytes', true) = 'yes' THEN
        RETURN;  -- called by its own ALTER TABLE
    END IF;
    PERFORM set_config('redshift.limiting_bytes', 'yes', true);
    FOR wanted IN
        SELECT DISTINCT a.attrelid::regclass AS relation, a.attname, a.atttypmod - 4 AS bytes, c.conname
        FROM pg_event_trigger_ddl_commands() d
        JOIN pg_class r ON r.oid = d.objid AND r.relkind = 'r'
        JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
        WHERE d.classid = 'pg_class'::regclass AND a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype)
            AND a.atttypmod > 4 AND c.conname IS DISTINCT FROM format('bytes_%s_%s', a.atttypmod - 4, a.attname)
    LOOP
        IF wanted.conname IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', wanted.relation, wanted.conname);
        END IF;
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s)', wanted.relation,
            format('bytes_%s_%s', wanted.bytes, wanted.attname), wanted.attname, wanted.bytes);
    END LOOP;
    PERFORM set_config('redshift.limiting_bytes', 'no', true);
END $$;
CREATE EVENT TRIGGER limit_bytes ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE') EXECUTE FUNCTION redshift.limit_bytes();

CREATE TABLE redshift.load_errors (
    query integer GENERATED ALWAYS AS IDENTITY, starttime timestamp DEFAULT getdate(), table_name text, session integer,
    filename text, line_number bigint, colname text, type text, col_length text, raw_line text, raw_field_value text,
    err_code integer, err_reason text
);
CREATE VIEW pg_catalog.stl_load_errors AS
    SELECT to_regclass(table_name)::oid::integer AS tbl, starttime, session, query, filename::char(256) AS filename,
        line_number, colname::char(127) AS colname, type::char(10) AS type, col_length::char(10) AS col_length,
        raw_line::char(1024) AS raw_line, raw_field_value::char(1024) AS raw_field_value, err_code,
        err_reason::char(100) AS err_reason
    FROM redshift.load_errors;
CREATE VIEW pg_catalog.sys_load_error_detail AS
    SELECT query::bigint AS query_id, session AS session_id, starttime AS start_time, filename::char(256) AS file_name,
        line_number, colname::char(127) AS column_name, type::char(10) AS column_type,
        col_length::char(10) AS column_length, err_code AS error_code, err_reason::char(512) AS error_message
    FROM redshift.load_errors;

CREATE VIEW pg_catalog.svv_tables AS
    SELECT table_catalog, table_schema, table_name, table_type, NULL::varchar AS remarks FROM information_schema.tables;
CREATE VIEW pg_catalog.svv_columns AS
    SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
        character_maximum_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision
    FROM information_schema.columns;
CREATE VIEW pg_catalog.pg_table_def AS
    SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
        format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notnull"
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND n.nspname = ANY (current_schemas(false));
GRANT SELECT ON stl_load_errors, sys_load_error_detail, svv_tables, svv_columns, pg_table_def TO PUBLIC;
GRANT USAGE ON SCHEMA redshift TO PUBLIC;
