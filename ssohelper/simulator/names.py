"""Account and role names for generated worlds: ordinary ones, and ones that break tools."""

TEAMS = (
    "payments", "checkout", "catalogue", "search", "identity", "billing", "data-platform", "machine-learning",
    "mobile", "web", "logistics", "warehouse", "fraud", "support", "marketing", "analytics", "media", "partners",
    "pricing", "notifications", "reporting", "compliance", "network", "observability",
)  # fmt: skip
STAGES = ("dev", "staging", "prod", "sandbox")

ROLES = (
    "AdministratorAccess", "ReadOnly", "PowerUserAccess", "Developer", "Billing", "SecurityAudit", "DataEngineer",
    "NetworkAdmin", "SupportUser", "DatabaseAdmin", "ViewOnlyAccess", "BreakGlass",
)  # fmt: skip

# Account names are free text of up to 50 characters and need not be unique. None: the portal sends no name.
AWKWARD_ACCOUNTS: tuple[str | None, ...] = (
    "Zahlungsverkehr \N{EN DASH} Köln",
    "決済システム本番",
    "payments %(x)s ${HOME}",
    "shared name",
    "shared name",
    None,
    "quotes \"double\" and 'single'",
    "brackets [prod] ]x[ # hash ; semicolon",
    "n" * 50,
    "<script>alert(1)</script>",
    "  blanks  around  ",
    "back\\slash = equals : colon",
    "🚀 rocket",
    "default",
    "Shared Name",
)
# Permission set names are [\w+=,.@-]{1,32} (sso-admin, PermissionSetName).
AWKWARD_ROLES = ("Power.User+On=Call,night@shift-1", "a", "R" * 32, "=", "-dash-", "..")
