"""Thin client of adjudge: the wire types and the two clients. Depends on httpx and pydantic only."""
