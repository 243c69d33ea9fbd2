"""Strategies for AWS config files as people and programs really leave them, and worse."""

from hypothesis import strategies as st

_ENDS = ("\n", "\r\n", "\r")
_NAMES = (
    "a",
    "prod",
    "Prod.Admin",
    "dev.ReadOnly",
    "my-prof",
    "prod.Admin-111111111111",
    "caf\u00e9",
    "x/y@z%",
    "default",
)
_PROFILE_HEADERS = (
    "[profile {}]",
    "[profile  {}]",
    "[profile\t{}]",
    "[profile {} ]",
    '[profile "{}"]',
    "[profile '{} two']",
    r"[profile {}\ three]",
    "[profile {}] # a comment",
    "[profile {}]]",
    "[ profile {} ]",
    "[profile {} four]",
    "[profile '{}]",
    "[profilex {}]",
    "  [profile {}]",
    "\t[profile {}]",
    "[{}]",
    "[sso-session {}]",
    "[services {}]",
)
_OTHER_HEADERS = ("[default]", "[Default]", "[DEFAULT]", "[profile]", '[profile ""]', "[plugins]", "[preview]")
_OPTIONS = (
    "{} = eu-west-1",
    "{}=json",
    "{} : 1",
    "{} = v # no comment, part of the value",
    "{} = v ; the same",
    "{} = 100%",
    '{} = "quoted"',
    "{} = \u00fcml\u00e4ut",
    "{} =",
    "{} = a=b:c",
    "\t{} = tab",
    "  {} = indented",
    "{} = line\u2028separator",
    "{} = form\x0cfeed",
)
_KEYS = ("region", "Output", "role_arn", "sso_account_id", "cli_pager", "x y", "credential_process")
_BLOCK = ("  max = 1", "    deeper = 2", "\ttab = 3", "  # inside", "", "   ", "# at the edge", "  [not a header]")
_LOOSE = ("# comment", "; comment", "  # indented comment", "", "   ", "\x0c", "#[profile commented]")
_BROKEN = (
    "no delimiter",
    "= no key",
    ": no key",
    "[unclosed",
    "]",
    "\u00a0nbsp = 1",
    "latin = \udce9",
    "\ufeff",
    "= ",
    "[profile a]",
    "[]",
)


@st.composite
def _sections(draw: st.DrawFn) -> list[str]:
    """The lines of one section that every reader takes, comments around it included."""
    header = draw(st.sampled_from(_OTHER_HEADERS) | st.builds(str.format, st.sampled_from(_PROFILE_HEADERS), _names))
    lines = [*draw(st.lists(st.sampled_from(_LOOSE), max_size=2)), header]
    for key in draw(st.lists(st.sampled_from(_KEYS), max_size=4, unique=True)):
        lines.append(draw(st.sampled_from(_OPTIONS)).format(key))
        lines += draw(st.lists(st.sampled_from(_LOOSE), max_size=1))
    if draw(st.integers(0, 3)) == 0:
        lines += ["s3 =", *draw(st.lists(st.sampled_from(_BLOCK), min_size=1, max_size=4))]
    return lines


_names = st.sampled_from(_NAMES)


@st.composite
def tidy_lines(draw: st.DrawFn) -> list[str]:
    """Lines that most readers can read: odd, but no section stands twice."""
    sections = draw(st.lists(_sections(), max_size=5, unique_by=_header_of))
    return [line for section in sections for line in section]


def _header_of(lines: list[str]) -> str:
    return next(line for line in lines if line.lstrip().startswith("[")).strip()


@st.composite
def broken_lines(draw: st.DrawFn) -> list[str]:
    """Lines in which anything may stand anywhere: sections twice, keys without a value, text above all headers."""
    lines = draw(tidy_lines()) + draw(_sections())
    for _ in range(draw(st.integers(0, 3))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(_BROKEN + _OPTIONS + _LOOSE)).format("k"))
    return lines


@st.composite
def joined(draw: st.DrawFn, lines: list[str]) -> bytes:
    """A file of these lines: with one kind of line end or many, with a BOM or not, ended or not."""
    kinds = draw(st.sampled_from([(end,) for end in _ENDS] * 3 + [_ENDS]))
    ends = [draw(st.sampled_from(kinds)) for _ in lines] if len(kinds) > 1 else kinds * len(lines)
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    if draw(st.integers(0, 3)) == 0:
        text = text.rstrip("\r\n")
    bom = "\ufeff" if draw(st.integers(0, 5)) == 0 else ""
    return (bom + text).encode("utf-8", "surrogateescape")


tidy_files = tidy_lines().flatmap(joined)
broken_files = broken_lines().flatmap(joined)
files = tidy_files | broken_files
