"""Adapters: what a trainer calls, in that trainer's own idiom, and nothing for its users to learn.

In: what the trainer hands to a reward function. Out: what it expects back. Each module serves one trainer and is
loaded by that trainer's own loader: `trl` (`reward_funcs=[…]`), `verl` (`reward.custom_reward_function`, a reward
manager), `openrlhf` (`--reward.remote_url`). None imports its trainer before it is used in it, so that this package
keeps to httpx and pydantic. What a null becomes in each is in docs/trainers.md; it is never a silent 0.
"""
