"""The database: connections and transactions, migrations, many rows at once, sealed columns, locks."""
