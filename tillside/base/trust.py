"""How far a statement about a person is vouched for: the ladder every fact carries (safety rules, "trust ladder")."""

from enum import IntEnum


class Trust(IntEnum):
    """A higher level always outweighs a lower one; a lower one never overwrites, merges into or reads what a higher one owns."""

    TYPED = 0
    """The visitor, or anybody who knows the public key, said so."""
    SIGNED = 1
    """A legacy encrypted token named the person and agreed with what is known."""
    CODE = 2
    """A one-time code sent to the address was answered."""
    PROVEN = 3
    """The shop's own server vouches: REST key, valid signature, or a short-lived signed web token."""

    @property
    def word(self) -> str:
        """The one word people see for this level."""
        return self.name.lower()
