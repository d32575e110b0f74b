"""A program: purge a database as if more than a year had gone by, and print how many rows are left of each table of what expires."""

from datetime import timedelta

from sqlalchemy import func, select

from idp import create_app, purging
from idp.base import clock, database

LATER = timedelta(days=400)


def main() -> None:
    """Purge and count, in the database of the environment."""
    app = create_app()
    with app.app_context(), clock.moved(LATER):
        purging.run()
        database.commit()
        for table in database.Model.metadata.sorted_tables:
            if "expires_at" in table.columns or table.name == "outbox":
                left = database.session().execute(select(func.count()).select_from(table)).scalar_one()
                print(table.name, left)
    app.extensions["idp.dispose"]()


if __name__ == "__main__":
    main()
