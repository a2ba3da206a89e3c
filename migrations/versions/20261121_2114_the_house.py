"""the house

Revision ID: 3168ca793604
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "3168ca793604"
down_revision = None
branch_labels = None
depends_on = None


EXTRA: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "postgresql",
        (
            (
                "CREATE FUNCTION postings_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
                "(SELECT sum(amount_pence) FROM postings WHERE journal_id = NEW.journal_id) <> 0 THEN RAISE "
                "EXCEPTION 'a journal must balance' USING ERRCODE = 'integrity_constraint_violation'; END "
                "IF; RETURN NULL; END $$"
            ),
            (
                "CREATE CONSTRAINT TRIGGER postings_balanced AFTER INSERT ON postings DEFERRABLE INITIALLY "
                "DEFERRED FOR EACH ROW EXECUTE FUNCTION postings_balanced()"
            ),
        ),
        (
            "DROP TRIGGER postings_balanced ON postings",
            "DROP FUNCTION postings_balanced()",
        ),
    ),
)
SEALS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    (
        "audit_entries",
        "true",
        "audit_entries_append_only",
        "audit_entries is append-only",
        ("UPDATE", "DELETE"),
    ),
    ("invoices", "true", "invoices_append_only", "invoices is append-only", ("UPDATE", "DELETE")),
    ("journals", "true", "journals_append_only", "journals is append-only", ("UPDATE", "DELETE")),
    ("price_tiers", "true", "price_tiers_append_only", "price_tiers is append-only", ("UPDATE", "DELETE")),
    ("allocations", "true", "allocations_append_only", "allocations is append-only", ("UPDATE", "DELETE")),
    (
        "commitments",
        "OLD.state IN ('served', 'unserved')",
        "commitments_decided",
        "a decided commitment is sealed",
        ("UPDATE", "DELETE"),
    ),
    ("facts", "true", "facts_append_only", "facts is append-only", ("UPDATE", "DELETE")),
    ("invoice_vat", "true", "invoice_vat_append_only", "invoice_vat is append-only", ("UPDATE", "DELETE")),
    ("order_moves", "true", "order_moves_append_only", "order_moves is append-only", ("UPDATE", "DELETE")),
    ("postings", "true", "postings_append_only", "postings is append-only", ("UPDATE", "DELETE")),
    ("round_tiers", "true", "round_tiers_append_only", "round_tiers is append-only", ("UPDATE", "DELETE")),
    (
        "invoice_lines",
        "true",
        "invoice_lines_append_only",
        "invoice_lines is append-only",
        ("UPDATE", "DELETE"),
    ),
)


def upgrade() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_audit_chains")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("personal_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_audit_entries_organisation_id_number")
        ),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_entries_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index("ix_audit_entries_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("location", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_idempotency_keys_person_id_key")),
    )
    op.create_table(
        "mailbox_messages",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_mailbox_messages_key")),
    )
    with op.batch_alter_table("mailbox_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailbox_messages_recipient"), ["recipient"], unique=False)

    op.create_table(
        "organisations",
        sa.Column(
            "kind",
            sa.Enum(
                "multi-academy-trust",
                "single-academy-trust",
                "authority-trust",
                "federation",
                "school",
                "local-authority",
                "supplier",
                "sponsor",
                "umbrella-trust",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closed",
                name="organisationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("urn", sa.String(length=6), nullable=True),
        sa.Column("group_uid", sa.String(length=5), nullable=True),
        sa.Column("group_id", sa.String(length=10), nullable=True),
        sa.Column("ukprn", sa.String(length=8), nullable=True),
        sa.Column("company_number", sa.String(length=8), nullable=True),
        sa.Column("establishment_type", sa.String(length=100), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=True),
        sa.Column("authority_code", sa.String(length=3), nullable=True),
        sa.Column("authority_name", sa.String(length=100), nullable=True),
        sa.Column("pupils", sa.BigInteger(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("town", sa.String(length=100), nullable=True),
        sa.Column("postcode", sa.String(length=8), nullable=True),
        sa.Column(
            "described_by",
            sa.Enum(
                "authorities",
                "groups",
                "schools",
                "links",
                "pupils",
                name="registerfile",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pupils >= 0", name=op.f("ck_organisations_pupils_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("group_id", name=op.f("uq_organisations_group_id")),
        sa.UniqueConstraint("group_uid", name=op.f("uq_organisations_group_uid")),
        sa.UniqueConstraint("ukprn", name=op.f("uq_organisations_ukprn")),
        sa.UniqueConstraint("urn", name=op.f("uq_organisations_urn")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_authority_code"), ["authority_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisations_company_number"), ["company_number"], unique=False)
        batch_op.create_index("ix_organisations_name", ["name"], unique=False)

    op.create_table(
        "outbox_jobs",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "todo", "done", "dead", name="jobstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_jobs_key")),
    )
    with op.batch_alter_table("outbox_jobs", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_jobs_due", ["state", "due_at"], unique=False)

    op.create_table(
        "people",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("demonstration_part", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_tokens_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_api_tokens_secret_digest")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_person_id"), ["person_id"], unique=False)

    op.create_table(
        "audit_personal_values",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_personal_values_entry_id_audit_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_personal_values")),
    )
    with op.batch_alter_table("audit_personal_values", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_personal_values_person_id"), ["person_id"], unique=False)

    op.create_table(
        "billing_details",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("payee_name", sa.String(length=40), nullable=False),
        sa.Column("sort_code", sa.String(length=6), nullable=False),
        sa.Column("account_number", sa.String(length=8), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(account_number) = 8", name=op.f("ck_billing_details_account_number_length")
        ),
        sa.CheckConstraint("length(sort_code) = 6", name=op.f("ck_billing_details_sort_code_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_billing_details_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_details")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_billing_details_organisation_id")),
    )
    op.create_table(
        "books",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_books_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_books_organisation_id")),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_browser_sessions_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_browser_sessions_secret_digest")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_sessions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "contracts",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "order", "award", name="contractsource", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "monthly",
                "termly",
                "annual",
                "flat",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("periods", sa.BigInteger(), nullable=False),
        sa.Column(
            "vat_treatment",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                name="vattreatment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "delivery",
            sa.Enum(
                "remote",
                "on-site",
                "both",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("places_served", sa.String(length=200), nullable=True),
        sa.Column("po_number", sa.String(length=50), nullable=True),
        sa.Column("buyer_signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplier_signed_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "complete",
                "cancelled",
                name="contractstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_contracts_two_parties")),
        sa.CheckConstraint("net_pence >= 0", name=op.f("ck_contracts_net_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_contracts_quantity_above_zero")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_contracts_buyer_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_signed_by_id"], ["people.id"], name=op.f("fk_contracts_buyer_signed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisations.id"], name=op.f("fk_contracts_supplier_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_signed_by_id"], ["people.id"], name=op.f("fk_contracts_supplier_signed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("reference", name=op.f("uq_contracts_reference")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_contracts_source_source_id")),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.create_index("ix_contracts_bought", ["buyer_id", "id"], unique=False)
        batch_op.create_index("ix_contracts_supplied", ["supplier_id", "id"], unique=False)

    op.create_table(
        "listings",
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "paused",
                "withdrawn",
                name="listingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "oversight",
                "finance",
                "hr",
                "governance",
                "it",
                "estates",
                "contract-management",
                "procurement",
                "curriculum",
                "professional-development",
                "send",
                "exclusions",
                "attendance",
                "safeguarding",
                "school-improvement",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "remote",
                "on-site",
                "both",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("places_served", sa.String(length=200), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "hour",
                "day",
                "place",
                "school",
                "pupil",
                name="capacityunit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_listings_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
    )
    with op.batch_alter_table("listings", schema=None) as batch_op:
        batch_op.create_index("ix_listings_found", ["state", "category"], unique=False)
        batch_op.create_index(batch_op.f("ix_listings_seller_id"), ["seller_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "buyer",
                "approver",
                "finance",
                "seller",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_memberships_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "role", name=op.f("uq_memberships_person_id_organisation_id_role")
        ),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_person_id"), ["person_id"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("invoice", name="documentkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("next_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("next_no > 0", name=op.f("ck_number_series_next_no_above_zero")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_number_series_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("seller_id", "kind", name=op.f("pk_number_series")),
    )
    op.create_table(
        "organisation_links",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "member",
                "sponsored",
                "umbrella",
                name="linkkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["organisations.id"], name=op.f("fk_organisation_links_group_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["organisations.id"], name=op.f("fk_organisation_links_school_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_links")),
        sa.UniqueConstraint(
            "school_id", "group_id", "kind", name=op.f("uq_organisation_links_school_id_group_id_kind")
        ),
    )
    with op.batch_alter_table("organisation_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_links_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisation_links_school_id"), ["school_id"], unique=False)

    op.create_table(
        "policy_changes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("approval_limit_pence", sa.BigInteger(), nullable=False),
        sa.Column("requires_po_number", sa.Boolean(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "confirmed",
                "withdrawn",
                name="policychangestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by_id IS NULL) AND (state = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_policy_changes_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_by_id <> proposed_by_id",
            name=op.f("ck_policy_changes_confirmed_by_another"),
        ),
        sa.CheckConstraint("approval_limit_pence >= 0", name=op.f("ck_policy_changes_limit_not_negative")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_policy_changes_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_policy_changes_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_policy_changes_proposed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_changes")),
    )
    with op.batch_alter_table("policy_changes", schema=None) as batch_op:
        batch_op.create_index(
            "uq_policy_changes_waiting",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "price_lists",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("unit_plural", sa.String(length=60), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "oversight",
                "finance",
                "hr",
                "governance",
                "it",
                "estates",
                "contract-management",
                "procurement",
                "curriculum",
                "professional-development",
                "send",
                "exclusions",
                "attendance",
                "safeguarding",
                "school-improvement",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "vat_treatment",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                name="vattreatment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "published",
                "withdrawn",
                name="priceliststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisations.id"], name=op.f("fk_price_lists_supplier_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
    )
    with op.batch_alter_table("price_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_lists_supplier_id"), ["supplier_id"], unique=False)

    op.create_table(
        "purchase_requests",
        sa.Column("trust_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "oversight",
                "finance",
                "hr",
                "governance",
                "it",
                "estates",
                "contract-management",
                "procurement",
                "curriculum",
                "professional-development",
                "send",
                "exclusions",
                "attendance",
                "safeguarding",
                "school-improvement",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit_plural", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_pence", sa.BigInteger(), nullable=False),
        sa.Column("baseline_pence", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "joined",
                "closed",
                name="requeststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("baseline_pence >= 0", name=op.f("ck_purchase_requests_baseline_not_negative")),
        sa.CheckConstraint("ceiling_pence > 0", name=op.f("ck_purchase_requests_ceiling_above_zero")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_requests_quantity_above_zero")),
        sa.ForeignKeyConstraint(
            ["trust_id"], ["organisations.id"], name=op.f("fk_purchase_requests_trust_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_requests")),
    )
    with op.batch_alter_table("purchase_requests", schema=None) as batch_op:
        batch_op.create_index("ix_purchase_requests_state", ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_requests_trust_id"), ["trust_id"], unique=False)

    op.create_table(
        "spending_policies",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("approval_limit_pence", sa.BigInteger(), nullable=False),
        sa.Column("requires_po_number", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approval_limit_pence >= 0", name=op.f("ck_spending_policies_limit_not_negative")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_spending_policies_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_policies")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_spending_policies_organisation_id")),
    )
    op.create_table(
        "vat_registrations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=11), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_vat_registrations_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_vat_registrations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vat_registrations")),
        sa.UniqueConstraint(
            "organisation_id", "starts_on", name=op.f("uq_vat_registrations_organisation_id_starts_on")
        ),
    )
    op.create_table(
        "accounts",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "bank",
                "receivable",
                "customer-credit",
                "vat-output",
                "sales",
                name="accountkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "type",
            sa.Enum(
                "asset",
                "liability",
                "income",
                name="accounttype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("counterparty_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_accounts_book_id_books")),
        sa.ForeignKeyConstraint(
            ["counterparty_id"], ["organisations.id"], name=op.f("fk_accounts_counterparty_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("book_id", "code", name=op.f("uq_accounts_book_id_code")),
    )
    op.create_table(
        "capacity_periods",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_capacity_periods_ends_after_start")),
        sa.CheckConstraint("taken >= 0 AND taken <= units", name=op.f("ck_capacity_periods_never_oversold")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_capacity_periods_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_periods")),
        sa.UniqueConstraint("listing_id", "starts_on", name=op.f("uq_capacity_periods_listing_id_starts_on")),
    )
    op.create_table(
        "invoices",
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("invoice", name="documentkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("po_number", sa.String(length=50), nullable=True),
        sa.Column("contract_reference", sa.String(length=12), nullable=False),
        sa.Column("payment_reference", sa.String(length=18), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("gross_pence", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_invoices_two_parties")),
        sa.CheckConstraint(
            "gross_pence = net_pence + vat_pence", name=op.f("ck_invoices_gross_is_net_and_vat")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_invoices_buyer_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_invoices_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_invoices_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("payment_reference", name=op.f("uq_invoices_payment_reference")),
        sa.UniqueConstraint("seller_id", "kind", "number", name=op.f("uq_invoices_seller_id_kind_number")),
    )
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoices_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index("ix_invoices_issued", ["seller_id", "issued_on", "number", "id"], unique=False)
        batch_op.create_index("ix_invoices_received", ["buyer_id", "issued_on", "number", "id"], unique=False)

    op.create_table(
        "journals",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invoice",
                "receipt",
                "reversal",
                "return",
                name="journalkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source_key", sa.String(length=120), nullable=False),
        sa.Column("memo", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name=op.f("fk_journals_book_id_books")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
        sa.UniqueConstraint("source_key", name=op.f("uq_journals_source_key")),
    )
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.create_index("ix_journals_newest", ["book_id", "posted_on", "id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("listing_version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "remote",
                "on-site",
                "both",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("places_served", sa.String(length=200), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "hour",
                "day",
                "place",
                "school",
                "pupil",
                name="capacityunit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "monthly",
                "termly",
                "annual",
                "flat",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "vat_treatment",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                name="vattreatment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("periods", sa.BigInteger(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("po_number", sa.String(length=50), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "awaiting-approval",
                "rejected",
                "placed",
                "declined",
                "lapsed",
                "cancelled",
                "accepted",
                "active",
                "ended",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval_limit_pence", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer_by_on <= ends_on", name=op.f("ck_orders_answered_before_its_end")),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_orders_two_parties")),
        sa.CheckConstraint(
            "decided_by_id NOT IN (requested_by_id, written_by_id, submitted_by_id)",
            name=op.f("ck_orders_decided_by_another"),
        ),
        sa.CheckConstraint("net_pence > 0", name=op.f("ck_orders_net_above_zero")),
        sa.CheckConstraint("quantity > 0 AND periods > 0", name=op.f("ck_orders_something_ordered")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_orders_ends_after_start")),
        sa.CheckConstraint(
            "submitted_at IS NULL OR approval_limit_pence IS NOT NULL", name=op.f("ck_orders_limit_kept")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_orders_buyer_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_orders_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_orders_listing_id_listings")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["people.id"], name=op.f("fk_orders_requested_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_orders_seller_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["people.id"], name=op.f("fk_orders_submitted_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["people.id"], name=op.f("fk_orders_written_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("reference", name=op.f("uq_orders_reference")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_bought", ["buyer_id", "id"], unique=False)
        batch_op.create_index("ix_orders_due", ["state", "answer_by_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index("ix_orders_sold", ["seller_id", "id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "monthly",
                "termly",
                "annual",
                "flat",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column(
            "vat_treatment",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                name="vattreatment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit_price_pence >= 0", name=op.f("ck_plans_price_not_negative")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_plans_listing_id_listings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("listing_id", "cadence", name=op.f("uq_plans_listing_id_cadence")),
    )
    op.create_table(
        "price_tiers",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("from_units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_units > 0 AND unit_price_pence > 0", name=op.f("ck_price_tiers_above_zero")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("fk_price_tiers_price_list_id_price_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_tiers")),
        sa.UniqueConstraint(
            "price_list_id", "from_units", name=op.f("uq_price_tiers_price_list_id_from_units")
        ),
    )
    op.create_table(
        "rounds",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "oversight",
                "finance",
                "hr",
                "governance",
                "it",
                "estates",
                "contract-management",
                "procurement",
                "curriculum",
                "professional-development",
                "send",
                "exclusions",
                "attendance",
                "safeguarding",
                "school-improvement",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("unit_plural", sa.String(length=60), nullable=False),
        sa.Column(
            "vat_treatment",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                name="vattreatment",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("minimum_units", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "gathering",
                "awarded",
                "contracted",
                "complete",
                "unsuccessful",
                "cancelled",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("award_price_pence", sa.BigInteger(), nullable=True),
        sa.Column("awarded_units", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('awarded', 'contracted', 'complete') OR award_price_pence > 0",
            name=op.f("ck_rounds_award_has_price"),
        ),
        sa.CheckConstraint("lead_id <> supplier_id", name=op.f("ck_rounds_two_parties")),
        sa.CheckConstraint("minimum_units >= 1", name=op.f("ck_rounds_minimum_above_zero")),
        sa.CheckConstraint("months >= 1", name=op.f("ck_rounds_months_above_zero")),
        sa.CheckConstraint("starts_on > closes_on", name=op.f("ck_rounds_starts_after_close")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["organisations.id"], name=op.f("fk_rounds_lead_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("fk_rounds_price_list_id_price_lists")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisations.id"], name=op.f("fk_rounds_supplier_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("reference", name=op.f("uq_rounds_reference")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rounds_price_list_id"), ["price_list_id"], unique=False)
        batch_op.create_index("ix_rounds_state", ["state", "closes_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_rounds_supplier_id"), ["supplier_id"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "ended",
                name="subscriptionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_subscriptions_two_parties")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_subscriptions_buyer_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_subscriptions_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_subscriptions_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_subscriptions_contract_id")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscriptions_seller_id"), ["seller_id"], unique=False)

    op.create_table(
        "allocations",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("received_pence", sa.BigInteger(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_pence BETWEEN 0 AND received_pence OR amount_pence BETWEEN received_pence AND 0",
            name=op.f("ck_allocations_amount_within_received"),
        ),
        sa.CheckConstraint("received_pence <> 0", name=op.f("ck_allocations_received_not_zero")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_allocations_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("invoice_id", "source_id", name=op.f("uq_allocations_invoice_id_source_id")),
    )
    op.create_table(
        "charge_periods",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("net_pence >= 0", name=op.f("ck_charge_periods_net_not_negative")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_charge_periods_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_charge_periods_subscription_id_subscriptions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_periods")),
        sa.UniqueConstraint("subscription_id", "idx", name=op.f("uq_charge_periods_subscription_id_idx")),
        sa.UniqueConstraint(
            "subscription_id", "starts_on", name=op.f("uq_charge_periods_subscription_id_starts_on")
        ),
    )
    with op.batch_alter_table("charge_periods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_charge_periods_due_on"), ["due_on"], unique=False)

    op.create_table(
        "commitments",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("trust_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_request_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_pence", sa.BigInteger(), nullable=False),
        sa.Column("baseline_pence", sa.BigInteger(), nullable=True),
        sa.Column("po_number", sa.String(length=50), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting-approval",
                "firm",
                "withdrawn",
                "served",
                "unserved",
                name="commitmentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'served') = (contract_id IS NOT NULL)", name=op.f("ck_commitments_served_has_contract")
        ),
        sa.CheckConstraint(
            "approved_by_id <> requested_by_id", name=op.f("ck_commitments_approved_by_another")
        ),
        sa.CheckConstraint("baseline_pence >= 0", name=op.f("ck_commitments_baseline_not_negative")),
        sa.CheckConstraint("ceiling_pence > 0", name=op.f("ck_commitments_ceiling_above_zero")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_commitments_quantity_above_zero")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["people.id"], name=op.f("fk_commitments_approved_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_commitments_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_request_id"],
            ["purchase_requests.id"],
            name=op.f("fk_commitments_purchase_request_id_purchase_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["people.id"], name=op.f("fk_commitments_requested_by_id_people")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_commitments_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["trust_id"], ["organisations.id"], name=op.f("fk_commitments_trust_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_commitments_contract_id")),
        sa.UniqueConstraint("round_id", "trust_id", name=op.f("uq_commitments_round_id_trust_id")),
    )
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_commitments_purchase_request_id"), ["purchase_request_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_commitments_trust_id"), ["trust_id"], unique=False)

    op.create_table(
        "facts",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "reversed",
                "returned",
                name="factkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("external_id", sa.String(length=80), nullable=False),
        sa.Column("object_ref", sa.String(length=100), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_facts_amount_above_zero")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_facts_invoice_id_invoices")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["people.id"], name=op.f("fk_facts_recorded_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_facts_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        sa.UniqueConstraint("gateway", "kind", "external_id", name=op.f("uq_facts_gateway_kind_external_id")),
    )
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facts_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_facts_seller_id"), ["seller_id"], unique=False)

    op.create_table(
        "invoice_vat",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                "not-registered",
                name="vatcode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_vat_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_vat")),
        sa.UniqueConstraint("invoice_id", "code", name=op.f("uq_invoice_vat_invoice_id_code")),
    )
    op.create_table(
        "order_capacity",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_order_capacity_units_above_zero")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_capacity_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["capacity_periods.id"], name=op.f("fk_order_capacity_period_id_capacity_periods")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_capacity")),
        sa.UniqueConstraint("order_id", "period_id", name=op.f("uq_order_capacity_order_id_period_id")),
    )
    with op.batch_alter_table("order_capacity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_capacity_period_id"), ["period_id"], unique=False)

    op.create_table(
        "order_moves",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
                "change",
                "submit",
                "place",
                "approve",
                "send-back",
                "reject",
                "accept",
                "decline",
                "lapse",
                "cancel",
                "begin",
                "end",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_moves_order_id_orders")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_order_moves_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_moves")),
    )
    with op.batch_alter_table("order_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_moves_order_id"), ["order_id"], unique=False)

    op.create_table(
        "payment_attempts",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "submitted",
                "pending",
                "unknown",
                "succeeded",
                "failed",
                "cancelled",
                name="attemptstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("external_ref", sa.String(length=80), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_payment_attempts_amount_above_zero")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_payment_attempts_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("invoice_id", "no", name=op.f("uq_payment_attempts_invoice_id_no")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_attempts_key")),
    )
    with op.batch_alter_table("payment_attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_attempts_external_ref",
            ["gateway", "external_ref"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
        )
        batch_op.create_index(
            "ix_payment_attempts_live",
            ["invoice_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
        )

    op.create_table(
        "postings",
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_pence <> 0", name=op.f("ck_postings_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_postings_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_postings_journal_id_journals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint("journal_id", "no", name=op.f("uq_postings_journal_id_no")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postings_account_id"), ["account_id"], unique=False)

    op.create_table(
        "round_tiers",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("from_units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_units > 0 AND unit_price_pence > 0", name=op.f("ck_round_tiers_above_zero")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_tiers_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_tiers")),
        sa.UniqueConstraint("round_id", "from_units", name=op.f("uq_round_tiers_round_id_from_units")),
    )
    op.create_table(
        "savings",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("trust_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("baseline_pence", sa.BigInteger(), nullable=False),
        sa.Column("potential_pence", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_pence", sa.BigInteger(), nullable=False),
        sa.Column("realised_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_savings_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_savings_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["trust_id"], ["organisations.id"], name=op.f("fk_savings_trust_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_savings_contract_id")),
    )
    with op.batch_alter_table("savings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_savings_round_id"), ["round_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_savings_trust_id"), ["trust_id"], unique=False)

    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column(
            "vat_code",
            sa.Enum(
                "standard",
                "zero",
                "exempt",
                "outside",
                "not-registered",
                name="vatcode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("charge_period_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_period_id"],
            ["charge_periods.id"],
            name=op.f("fk_invoice_lines_charge_period_id_charge_periods"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("charge_period_id", name=op.f("uq_invoice_lines_charge_period_id")),
        sa.UniqueConstraint("invoice_id", "no", name=op.f("uq_invoice_lines_invoice_id_no")),
    )

    dialect = op.get_bind().dialect.name
    for seal in SEALS:
        for statement in sealing_statements(dialect, *seal):
            op.execute(statement)
    for its, statements, _ in EXTRA:
        if its == dialect:
            for statement in statements:
                op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, _, name, _, verbs in SEALS:
        for statement in unsealing_statements(dialect, table, name, verbs):
            op.execute(statement)
    for its, _, statements in EXTRA:
        if its == dialect:
            for statement in statements:
                op.execute(statement)
    op.drop_table("invoice_lines")
    with op.batch_alter_table("savings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_savings_trust_id"))
        batch_op.drop_index(batch_op.f("ix_savings_round_id"))

    op.drop_table("savings")
    op.drop_table("round_tiers")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postings_account_id"))

    op.drop_table("postings")
    with op.batch_alter_table("payment_attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payment_attempts_live",
            sqlite_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
        )
        batch_op.drop_index(
            "ix_payment_attempts_external_ref",
            sqlite_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'planned', 'submitted', 'unknown')"),
        )

    op.drop_table("payment_attempts")
    with op.batch_alter_table("order_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_moves_order_id"))

    op.drop_table("order_moves")
    with op.batch_alter_table("order_capacity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_capacity_period_id"))

    op.drop_table("order_capacity")
    op.drop_table("invoice_vat")
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_facts_seller_id"))
        batch_op.drop_index(batch_op.f("ix_facts_invoice_id"))

    op.drop_table("facts")
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitments_trust_id"))
        batch_op.drop_index(batch_op.f("ix_commitments_purchase_request_id"))

    op.drop_table("commitments")
    with op.batch_alter_table("charge_periods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_charge_periods_due_on"))

    op.drop_table("charge_periods")
    op.drop_table("allocations")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_seller_id"))
        batch_op.drop_index(batch_op.f("ix_subscriptions_buyer_id"))

    op.drop_table("subscriptions")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rounds_supplier_id"))
        batch_op.drop_index("ix_rounds_state")
        batch_op.drop_index(batch_op.f("ix_rounds_price_list_id"))
        batch_op.drop_index(batch_op.f("ix_rounds_lead_id"))

    op.drop_table("rounds")
    op.drop_table("price_tiers")
    op.drop_table("plans")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_sold")
        batch_op.drop_index(batch_op.f("ix_orders_listing_id"))
        batch_op.drop_index("ix_orders_due")
        batch_op.drop_index("ix_orders_bought")

    op.drop_table("orders")
    with op.batch_alter_table("journals", schema=None) as batch_op:
        batch_op.drop_index("ix_journals_newest")

    op.drop_table("journals")
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.drop_index("ix_invoices_received")
        batch_op.drop_index("ix_invoices_issued")
        batch_op.drop_index(batch_op.f("ix_invoices_contract_id"))

    op.drop_table("invoices")
    op.drop_table("capacity_periods")
    op.drop_table("accounts")
    op.drop_table("vat_registrations")
    op.drop_table("spending_policies")
    with op.batch_alter_table("purchase_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_requests_trust_id"))
        batch_op.drop_index("ix_purchase_requests_state")

    op.drop_table("purchase_requests")
    with op.batch_alter_table("price_lists", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_price_lists_supplier_id"))

    op.drop_table("price_lists")
    with op.batch_alter_table("policy_changes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_policy_changes_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("policy_changes")
    with op.batch_alter_table("organisation_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_links_school_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_links_group_id"))

    op.drop_table("organisation_links")
    op.drop_table("number_series")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_person_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_organisation_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("listings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listings_seller_id"))
        batch_op.drop_index("ix_listings_found")

    op.drop_table("listings")
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.drop_index("ix_contracts_supplied")
        batch_op.drop_index("ix_contracts_bought")

    op.drop_table("contracts")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_sessions_person_id"))

    op.drop_table("browser_sessions")
    op.drop_table("books")
    op.drop_table("billing_details")
    with op.batch_alter_table("audit_personal_values", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_personal_values_person_id"))

    op.drop_table("audit_personal_values")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_person_id"))

    op.drop_table("api_tokens")
    op.drop_table("people")
    with op.batch_alter_table("outbox_jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_jobs_due")

    op.drop_table("outbox_jobs")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index("ix_organisations_name")
        batch_op.drop_index(batch_op.f("ix_organisations_company_number"))
        batch_op.drop_index(batch_op.f("ix_organisations_authority_code"))

    op.drop_table("organisations")
    with op.batch_alter_table("mailbox_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailbox_messages_recipient"))

    op.drop_table("mailbox_messages")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_subject")
        batch_op.drop_index(batch_op.f("ix_audit_entries_organisation_id"))

    op.drop_table("audit_entries")
    op.drop_table("audit_chains")
