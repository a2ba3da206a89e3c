"""Every setting, from the environment; the table in README is checked against this file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from marketplace.kernel.identity_providers import IdentityProvider, read_providers

ROOT = Path(__file__).resolve().parents[2]
SHORTEST_SECRET = 32
MOST = 65_535
LONGEST_TRIAL = 18
DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"}


class SettingsFault(click.ClickException):
    """Sharewell cannot start as it is set up; the message says what to set, and a command shows it alone."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: its default as text (None: none) and what it does."""

    name: str
    default: str | None
    meaning: str


SETTINGS = (
    Setting("DATABASE_URL", "sqlite:///var/sharewell.sqlite", "The database, as the application's own role."),
    Setting("MIGRATIONS_DATABASE_URL", None, "The same database as the owner of its schema, for migrations."),
    Setting("SECRET_KEY", None, "At least 32 characters that nobody can guess; signs cookies."),
    Setting(
        "PUBLIC_URL", None, "The address that people use, such as https://sharewell.example; put in e-mails."
    ),
    Setting("SMTP_URL", None, "Where e-mail goes: smtp://user:password@host:587 or smtps://host:465."),
    Setting("MAIL_FROM", "Sharewell <noreply@sharewell.example>", "The sender of every e-mail."),
    Setting(
        "CONTACT",
        None,
        "Whom people ask, as an e-mail address or in words; "
        "shown in the help, the statements and every footer.",
    ),
    Setting(
        "OIDC_MICROSOFT",
        None,
        "Sign-in with Microsoft Entra: tenant identifier, client id, secret and the mail domains that are "
        "that tenant's, with spaces between; further tenants after semicolons.",
    ),
    Setting("OIDC_GOOGLE", None, "Sign-in with Google Workspace: client id, secret and mail domains."),
    Setting(
        "OIDC_OTHER",
        None,
        "Sign-in with any OpenID provider: name (_ for spaces), discovery address, client id, secret and "
        "mail domains; further ones after semicolons.",
    ),
    Setting("DEMO", "0", "1: the demonstration town, its people as sign-in buttons, e-mail to a page."),
    Setting("PORT", "8000", "The port that `make run` listens on."),
    Setting("HOST", "127.0.0.1", "The address that `make run` listens on."),
    Setting("PROXIES", "0", "How many trusted proxies stand in front and set X-Forwarded-For and -Proto."),
    Setting("JOBS_FILE", None, "The queue's own file, when the database is SQLite; beside it unless set."),
    Setting("JOB_LEASE_SECONDS", "60", "After how long a job that a dead worker held is taken up again."),
    Setting("JOB_WORKERS", "2", "How many threads carry out jobs in one worker process."),
    Setting("TRIAL_MONTHS", "12", "The longest trial of a service that a seller may offer; 18 at most."),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one running application, checked."""

    database_url: str
    migrations_database_url: str
    secret_key: str
    public_url: str
    smtp_url: str | None
    mail_from: str
    contact: str | None
    demo: bool
    port: int
    host: str
    proxies: int
    jobs_file: str
    job_lease_seconds: int
    job_workers: int
    identity_providers: tuple[IdentityProvider, ...] = ()
    trial_months: int = 12

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours."""
        return make_url(self.database_url).get_backend_name() == "sqlite"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment; SettingsFault lists everything that is wrong at once."""
    values = {s.name: environment.get(s.name, "").strip() or s.default for s in SETTINGS}
    demo = str(values["DEMO"]).lower() in {"1", "true", "yes", "on"}
    providers, provider_faults = read_providers(values)
    faults = [
        *_database_faults(values, demo),
        *_number_faults(values),
        *provider_faults,
        *(_demonstration_faults(values) if demo else _production_faults(values)),
    ]
    if faults:
        raise SettingsFault("Sharewell cannot start:\n" + "\n".join(f"- {fault}" for fault in faults))
    url, owner_url = _addresses(values)
    port = int(values["PORT"] or 0)
    return Settings(
        database_url=url,
        migrations_database_url=owner_url,
        secret_key=values["SECRET_KEY"] or _kept_secret(url),
        public_url=(values["PUBLIC_URL"] or f"http://{values['HOST']}:{port}").rstrip("/"),
        smtp_url=values["SMTP_URL"],
        mail_from=str(values["MAIL_FROM"]),
        contact=values["CONTACT"],
        demo=demo,
        port=port,
        host=str(values["HOST"]),
        proxies=int(values["PROXIES"] or 0),
        jobs_file=str(ROOT / (values["JOBS_FILE"] or f"{make_url(url).database}.jobs")),
        job_lease_seconds=int(values["JOB_LEASE_SECONDS"] or 0),
        job_workers=int(values["JOB_WORKERS"] or 0),
        identity_providers=providers,
        trial_months=int(values["TRIAL_MONTHS"] or 0),
    )


def read_addresses(environment: Mapping[str, str]) -> tuple[str, str]:
    """The database as the application's role and as its schema's owner: all that a migration needs."""
    names = ("DATABASE_URL", "MIGRATIONS_DATABASE_URL")
    defaults = {one.name: one.default for one in SETTINGS}
    values = {name: environment.get(name, "").strip() or defaults[name] for name in names}
    faults = _database_faults(values, demo=False)
    if faults:
        raise SettingsFault("\n".join(faults))
    return _addresses(values)


def _addresses(values: Mapping[str, str | None]) -> tuple[str, str]:
    url = _absolute(str(values["DATABASE_URL"]))
    return url, _absolute(values["MIGRATIONS_DATABASE_URL"] or url)


def _database_faults(values: Mapping[str, str | None], demo: bool) -> list[str]:
    names = ("DATABASE_URL", "MIGRATIONS_DATABASE_URL")
    return [
        words for name in names if values[name] for words in _address_faults(name, str(values[name]), demo)
    ]


def _address_faults(name: str, address: str, demo: bool) -> list[str]:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return [f"{name} is not a database address, such as postgresql://user@host/sharewell."]
    kind, database = url.get_backend_name(), str(url.database or "")
    if url.drivername not in DRIVERS:
        return [f"{name} must begin with sqlite:/// or postgresql://."]
    if kind == "sqlite" and database in {"", ":memory:"}:
        return [f"{name} must name a file, such as sqlite:///var/sharewell.sqlite."]
    if demo and kind == "postgresql" and not database.endswith("_demo"):
        return [
            (
                f"DEMO=1 refuses a production database: {name} names the PostgreSQL database "
                f"{database!r}; one for a demonstration has a name that ends in _demo."
            )
        ]
    return []


def _number_faults(values: Mapping[str, str | None]) -> list[str]:
    limits = {
        "PORT": (1, MOST),
        "PROXIES": (0, MOST),
        "JOB_LEASE_SECONDS": (1, MOST),
        "JOB_WORKERS": (1, MOST),
        "TRIAL_MONTHS": (1, LONGEST_TRIAL),
    }
    return [
        f"{name} must be a whole number from {lowest} to {highest}."
        for name, (lowest, highest) in limits.items()
        if not (
            str(values[name]).isascii()
            and str(values[name]).isdigit()
            and lowest <= int(str(values[name])) <= highest
        )
    ]


def _secret_faults(values: Mapping[str, str | None]) -> list[str]:
    if len(values["SECRET_KEY"] or "") >= SHORTEST_SECRET:
        return []
    make = '`python3 -c "import secrets; print(secrets.token_urlsafe(48))"`'
    return [f"SECRET_KEY must have at least {SHORTEST_SECRET} characters; make one with {make}."]


def _demonstration_faults(values: Mapping[str, str | None]) -> list[str]:
    """Only beside a file can a key be kept: several processes on one server must share theirs."""
    is_file = str(values["DATABASE_URL"]).startswith("sqlite")
    return [] if is_file and not values["SECRET_KEY"] else _secret_faults(values)


def _production_faults(values: Mapping[str, str | None]) -> list[str]:
    """What must be set where real people sign in; only the demonstration has defaults for these."""
    faults = _secret_faults(values)
    if not (values["PUBLIC_URL"] or "").startswith(("https://", "http://localhost", "http://127.0.0.1")):
        faults.append("PUBLIC_URL must be the https:// address that people use.")
    if not (values["SMTP_URL"] or "").startswith(("smtp://", "smtps://")):
        faults.append("SMTP_URL must say where e-mail goes, such as smtp://user:password@host:587.")
    if faults:
        faults.append("Or set DEMO=1 to look around in the demonstration town.")
    return faults


def _absolute(url: str) -> str:
    """A relative SQLite path lies in the checkout, wherever the command is run from."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    path = ROOT / parsed.database
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    return parsed.set(database=str(path)).render_as_string(hide_password=False)


def _kept_secret(url: str) -> str:
    """The demonstration's own key, kept beside its database so that a restart signs nobody out.

    The file appears whole, and of two processes that start at once both read the first one's.
    """
    kept = Path(f"{make_url(url).database}.secret")
    try:
        if not kept.exists():
            _keep(kept, secrets.token_urlsafe(48))
        return kept.read_text()
    except OSError as error:
        raise _unwritable(kept, error) from error


def _keep(kept: Path, secret: str) -> None:
    written = kept.with_name(f"{kept.name}.{secrets.token_hex(8)}")
    written.touch(mode=0o600)
    try:
        written.write_text(secret)
        with suppress(FileExistsError):  # another was first
            os.link(written, kept)
    finally:
        written.unlink()


def _unwritable(path: Path, error: OSError) -> SettingsFault:
    return SettingsFault(
        f"Sharewell cannot write {path}: {error.strerror}. Let this user write there, or set DATABASE_URL."
    )
