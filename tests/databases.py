"""Databases for tests: migrated once, then copied for whoever needs one of their own."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from marketplace.kernel import commands
from marketplace.kernel.settings import Settings, read_settings

OWNER, APPLICATION = "sharewell_owner", "sharewell_app"


@dataclass
class Databases:
    """Makes migrated databases of one kind; on PostgreSQL with an owner and an application's role."""

    kind: str
    folder: Path
    superuser_url: str | None = None
    template: str | None = field(default=None)

    def fresh(self) -> dict[str, str]:
        """The environment of a new database at the newest schema, empty of rows."""
        if self.template is None:
            self.template = self._make(f"template_{uuid.uuid4().hex[:6]}")
            commands.migrate(self.settings(self.template))
        return self.environment(self._make(uuid.uuid4().hex[:12], self.template))

    def settings(self, name: str) -> Settings:
        """The settings of a database by its name."""
        return read_settings(self.environment(name))

    def environment(self, name: str) -> dict[str, str]:
        """The environment variables of a database by its name."""
        common = {"DEMO": "1", "SECRET_KEY": "k" * 40, "JOBS_FILE": str(self.folder / f"{name}.jobs")}
        if self.kind == "sqlite":
            return common | {"DATABASE_URL": f"sqlite:///{self.folder / name}.sqlite"}
        return common | {
            "DATABASE_URL": self._url(APPLICATION, name),
            "MIGRATIONS_DATABASE_URL": self._url(OWNER, name),
        }

    def _url(self, role: str, name: str) -> str:
        assert self.superuser_url
        url = make_url(self.superuser_url).set(username=role, password=role, database=f"{name}_demo")
        return url.render_as_string(hide_password=False)

    def _make(self, name: str, template: str | None = None) -> str:
        name = f"t_{name}"
        if self.kind == "sqlite":
            if template is not None:
                shutil.copy(self.folder / f"{template}.sqlite", self.folder / f"{name}.sqlite")
            return name
        source = f'TEMPLATE "{template}_demo"' if template else ""
        assert self.superuser_url
        engine = sa.create_engine(self.superuser_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            _make_roles(connection)
            connection.exec_driver_sql(f'CREATE DATABASE "{name}_demo" OWNER {OWNER} {source}')
        return name


def _make_roles(connection: sa.Connection) -> None:
    for role in (OWNER, APPLICATION):
        if not connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
