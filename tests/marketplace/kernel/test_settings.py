"""Settings from the environment: each fault has its sentence, and production starts only complete."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketplace.kernel.settings import ROOT, SettingsFault, read_settings

PRODUCTION = {
    "DATABASE_URL": "postgresql://app@db.example/sharewell",
    "SECRET_KEY": "x" * 32,
    "PUBLIC_URL": "https://sharewell.example/",
    "SMTP_URL": "smtps://user:word@mail.example",
}


def faults(**changes: str) -> str:
    with pytest.raises(SettingsFault) as caught:
        read_settings(PRODUCTION | changes)
    return str(caught.value)


def test_production_starts_with_what_it_needs() -> None:
    settings = read_settings(PRODUCTION)
    assert (settings.public_url, settings.demo) == ("https://sharewell.example", False)
    assert settings.migrations_database_url == settings.database_url


def test_nothing_set_names_everything_that_production_needs_at_once() -> None:
    with pytest.raises(SettingsFault) as caught:
        read_settings({})
    for name in ("SECRET_KEY", "PUBLIC_URL", "SMTP_URL", "DEMO=1"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 32 characters"),
        ({"SECRET_KEY": ""}, "SECRET_KEY must have at least 32 characters"),
        ({"PUBLIC_URL": "http://sharewell.example"}, "PUBLIC_URL must be the https:// address"),
        ({"SMTP_URL": "mail.example"}, "SMTP_URL must say where e-mail goes"),
        ({"DATABASE_URL": "sharewell"}, "DATABASE_URL is not a database address"),
        ({"DATABASE_URL": "postgresql://app@db:port/x"}, "DATABASE_URL is not a database address"),
        ({"DATABASE_URL": "mysql://app@db/x"}, "DATABASE_URL must begin with sqlite:/// or postgresql://"),
        ({"MIGRATIONS_DATABASE_URL": "no"}, "MIGRATIONS_DATABASE_URL is not a database address"),
        ({"PORT": "eighty"}, "PORT must be a whole number from 1 to 65535"),
        ({"PORT": "0"}, "PORT must be a whole number from 1 to 65535"),
        ({"PORT": "٨٠"}, "PORT must be a whole number from 1 to 65535"),
        ({"PROXIES": "-1"}, "PROXIES must be a whole number from 0"),
        ({"JOB_LEASE_SECONDS": "0"}, "JOB_LEASE_SECONDS must be a whole number from 1"),
        ({"JOB_WORKERS": "1.5"}, "JOB_WORKERS must be a whole number from 1"),
        ({"DEMO": "1"}, "DEMO=1 refuses a production database"),
    ],
)
def test_each_fault_has_its_sentence(changes: dict[str, str], words: str) -> None:
    assert words in faults(**changes)


def test_the_demonstration_refuses_a_production_database_for_migrations_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="MIGRATIONS_DATABASE_URL names the PostgreSQL database 'real'"):
        read_settings(
            {
                "DEMO": "1",
                "DATABASE_URL": "postgresql://app@db/real_demo",
                "MIGRATIONS_DATABASE_URL": "postgresql://owner@db/real",
            }
        )


def test_the_demonstration_needs_nothing_and_keeps_its_secret(tmp_path: Path) -> None:
    environment = {"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite"}
    first, second = read_settings(environment), read_settings(environment)
    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key
    assert (tmp_path / "demo.sqlite.secret").stat().st_mode & 0o077 == 0
    assert first.public_url == "http://127.0.0.1:8000"


def test_a_relative_sqlite_path_lies_in_the_checkout() -> None:
    settings = read_settings({"DEMO": "1", "SECRET_KEY": "x" * 32, "DATABASE_URL": "sqlite:///var/x.sqlite"})
    assert settings.database_url == f"sqlite:///{ROOT}/var/x.sqlite"


def test_only_a_file_can_be_a_sqlite_database() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        assert "DATABASE_URL must name a file" in faults(DATABASE_URL=url)


def test_blank_is_the_same_as_unset() -> None:
    assert read_settings(PRODUCTION | {"PORT": " ", "MIGRATIONS_DATABASE_URL": ""}).port == 8000


def test_a_demonstration_on_a_server_needs_a_key_that_its_processes_share() -> None:
    with pytest.raises(SettingsFault, match="SECRET_KEY must have at least 32"):
        read_settings({"DEMO": "1", "DATABASE_URL": "postgresql://app@db/x_demo"})


def test_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    environment = {"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite"}
    together = threading.Barrier(8)

    def start(number: int) -> str:
        together.wait()
        return read_settings(environment).secret_key

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(start, range(8)))
    assert len(secrets) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"demo.sqlite.secret"}


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsFault, match=f"cannot write {tmp_path}/file/inside"):
        read_settings({"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/file/inside/x.sqlite"})
