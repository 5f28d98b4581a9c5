"""What runs inside an execution: each module has `run(request: bytes) -> bytes`, one frame in, one frame out.

Nothing here is trusted by anyone: a reply is read by the trusted side as hostile plain data. A module may have
`warm()`, which the fork-server calls once after the import, so that every fork starts warm.
"""
