"""Unique profile names for roles."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.roles import ProfileRef, RoleRef
from ssohelper.sync import naming

_roles = st.builds(
    RoleRef,
    st.just("main"),
    st.sampled_from(("111111111111", "222222222222", "333333333333")),
    st.sampled_from(("a", "b", "a-b")),
)
_names = st.sampled_from(("x", "y", "x-111111111111", "x-222222222222", "default"))
_desired = st.dictionaries(_roles, _names, min_size=1)
_taken = st.sets(st.sampled_from(("x", "y", "x-111111111111", "y-333333333333")))

ONE_A, TWO_A, TWO_B, THREE_A = (
    RoleRef("main", account_id, role_name)
    for account_id, role_name in (
        ("111111111111", "A"), ("222222222222", "A"), ("222222222222", "B"), ("333333333333", "A"),
    )
)  # fmt: skip
DESIRED: dict[ProfileRef, str] = {ONE_A: "x", TWO_A: "x", TWO_B: "x", THREE_A: "y"}


@settings(deadline=None)
@given(_desired, _taken)
def test_resolve(desired: dict[ProfileRef, str], taken: set[str]) -> None:
    """Every role gets a name that no other role has and that is not taken, whatever the order of the roles."""
    names = naming.resolve(desired, taken)
    assert names.keys() == desired.keys()
    assert len(set(names.values())) == len(desired)
    assert not taken & set(names.values())
    assert naming.resolve(dict(reversed(desired.items())), taken) == names
    unique = [role for role, name in desired.items() if list(desired.values()).count(name) == 1 and name not in taken]
    assert all(names[role].startswith(desired[role]) for role in unique)


def test_collisions() -> None:
    """Roles that want the same name get the account's id appended; where that is not unique, a short hash."""
    assert naming.resolve(DESIRED) == {
        ONE_A: "x-111111111111",
        TWO_A: "x-7ac0c9c8",
        TWO_B: "x-17ebe681",
        THREE_A: "y",
    }
    assert naming.resolve({ONE_A: "x"}, ["x"]) == {ONE_A: "x-111111111111"}


def test_with_present() -> None:
    """A role with a profile keeps its name; a new role gets its resolved name if that is free, else another one."""
    desired: dict[ProfileRef, str] = {ONE_A: "x", TWO_A: "x", THREE_A: "y"}
    assert naming.with_present(desired, {ONE_A: "mine"}, ()) == {
        ONE_A: "mine",
        TWO_A: "x-222222222222",
        THREE_A: "y",
    }
    assert naming.with_present(desired, {ONE_A: "y"}, ()) == {
        ONE_A: "y",
        TWO_A: "x-222222222222",
        THREE_A: "y-333333333333",
    }


@settings(deadline=None)
@given(_desired, st.dictionaries(_roles, _names), _taken)
def test_with_present_is_unique(
    desired: dict[ProfileRef, str], present: dict[ProfileRef, str], taken: set[str]
) -> None:
    """Present names stay, and no other role gets one of them, or one that is taken."""
    present = {role: f"{name}-{number}" for number, (role, name) in enumerate(present.items()) if role in desired}
    names = naming.with_present(desired, present, taken)
    assert names.keys() == desired.keys()
    assert present.items() <= names.items()
    new = [name for role, name in names.items() if role not in present]
    assert len(set(new)) == len(new)
    assert not {*new} & {*present.values(), *taken}


def test_is_candidate() -> None:
    """Names that result from collisions are distinguished from those that a user chose."""
    names = ("x", "x-222222222222", "x-7ac0c9c8", "x-7ac0c9c9", "x-111111111111", "mine")
    assert [naming.is_candidate(name, "x", TWO_A) for name in names] == [True, True, True, False, False, False]
