"""Tests mirror the rooms; contract/ holds one suite per port, e2e/ the whole loop on real servers."""
