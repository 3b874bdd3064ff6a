"""Roles and scopes in words, and what accounts refuse, in the reader's language."""

from __future__ import annotations

from domain.user import Role, Scope
from web.language import N_

ROLES = {
    Role.OPERATOR: N_("operator"),
    Role.MAINTENANCE: N_("maintenance"),
    Role.ENERGY_MANAGER: N_("energy manager"),
    Role.ADMIN: N_("administrator"),
}
SCOPES = {
    Scope.READ: N_("read everything"),
    Scope.ALERTS: N_("act on alerts"),
    Scope.ANALYSIS: N_("approve baselines, correct readings"),
    Scope.PLANT: N_("edit the plant"),
    Scope.USERS: N_("manage users"),
}
#: what the audit trail says about users
DEEDS = {
    "user.added": N_("added"),
    "user.password_set": N_("new password"),
    "user.enabled": N_("enabled"),
    "user.disabled": N_("was disabled"),
    "user.roles_set": N_("new roles"),
    "user.profile_set": N_("new name or language"),
    "user.logged_in": N_("logged in"),
    "user.logged_out": N_("logged out"),
    "user.token_issued": N_("token made"),
    "user.token_revoked": N_("token revoked"),
}
#: what `domain.user` and `app.accounts` say; a test compares them
REFUSED = (
    N_("a password has at least 10 characters; several words are best"),
    N_("a password has at most 256 characters"),
    N_("a password is not the name"),
    N_("a password has at least four different characters"),
    N_("a name has 1 to 32 small letters without accents, digits, and . _ - after the first"),
    N_("a user needs a role"),
    N_("a user needs a role: disable who needs none"),
    N_("there is a user of this name already"),
    N_("there are users already: an administrator adds the others"),
    N_("this is the last administrator: make somebody else one first"),
    N_("a token needs a scope"),
    N_("a token needs a name"),
)
