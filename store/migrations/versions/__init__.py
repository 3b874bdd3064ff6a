"""The ledger's schema versions, in order."""
