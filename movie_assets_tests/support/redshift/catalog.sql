-- What Redshift has and PostgreSQL lacks. Run once, as administrator, in a new database.
SET allow_system_table_mods = on;
CREATE SCHEMA redshift;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE
    AS $$ SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC') $$;

-- VARCHAR(n) holds n bytes, not n characters, however a table or column came about.
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
        WHERE d.classid = 'pg_class'::regclass AND a.atttypid = 'varchar'::regtype
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
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION redshift.limit_bytes();

CREATE VIEW pg_catalog.svv_tables AS
    SELECT table_catalog, table_schema, table_name, table_type, NULL::varchar AS remarks FROM information_schema.tables;
CREATE VIEW pg_catalog.svv_columns AS
    SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
        character_maximum_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision
    FROM information_schema.columns;
GRANT SELECT ON svv_tables, svv_columns TO PUBLIC;
GRANT USAGE ON SCHEMA redshift TO PUBLIC;
