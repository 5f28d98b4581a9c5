"""The untrusted side of every jail: the agent and the programs it runs. Shipped as package data, found by
`importlib.resources`; nothing here may import the service."""
