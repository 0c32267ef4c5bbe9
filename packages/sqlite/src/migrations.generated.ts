// Generated from src/migrations/*.sql by scripts/embed-migrations.mjs. Do not edit.

/** The migrations in the order in which they are applied; `version` counts from 1 without gaps. */
export const migrations: readonly {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}[] = [];
