"""The system call filter, read by a small interpreter of classic BPF: both machines, without running on them."""

from __future__ import annotations

import struct

import pytest

from adjudge_sandboxes import seccomp

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN_PID = 4321


def decide(machine: str, call: str | int, *arguments: int, closed: bool = True, alone: bool = False) -> str:
    """What the two filters together answer: the stricter of them, as the kernel takes it."""
    number = call if isinstance(call, int) else seccomp.NUMBERS[call][0 if machine == "x86_64" else 1]
    assert number is not None
    programs = [seccomp.base(machine, closed), seccomp.final(machine, closed, closed, alone)]
    answers = [execute(program, ARCH[machine], number, arguments) for program in programs]
    return name(min(answers, key=lambda answer: answer if answer != seccomp.KILL else -1))


def name(answer: int) -> str:
    known = {seccomp.ALLOW: "allowed", seccomp.KILL: "killed"}
    return known.get(answer, {1: "refused", 13: "refused", 25: "refused", 38: "absent"}.get(answer & 0xFFFF, "?"))


def execute(program: bytes, arch: int, number: int, arguments: tuple[int, ...]) -> int:
    """Interpret the program on one call's data, as `struct seccomp_data` lays it out."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, arch, 0, *[value & 0xFFFFFFFFFFFFFFFF for value in padded])
    code = [struct.unpack("=HBBI", program[at : at + 8]) for at in range(0, len(program), 8)]
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, operand = code[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("=I", data, operand)[0]
        elif operation == 0x06:
            return operand
        elif operation == 0x05:
            at += operand
        else:
            operand = OWN_PID if operand == seccomp._OWN_PID else operand
            tests = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            at += if_true if tests[operation] else if_false


MACHINES = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


@MACHINES
def test_what_no_execution_may_call(machine: str) -> None:
    for closed in (True, False):
        for call in ("socket", "connect", "bind", "ptrace", "bpf", "unshare", "setns", "mount", "shmget", "pidfd_open"):
            assert decide(machine, call, closed=closed) == "refused", call
        for call in ("clone3", "io_uring_setup", "openat2", 471, 100_000):
            assert decide(machine, call, closed=closed) == "absent", call


@MACHINES
def test_every_named_call_of_the_lists_is_in_the_table_and_answered(machine: str) -> None:
    column = 0 if machine == "x86_64" else 1
    for call in (seccomp._ALWAYS + seccomp._ABSENT + seccomp._CLOSED).split():
        if seccomp.NUMBERS[call][column] is not None:
            assert decide(machine, call, -1, -1, -1) in ("refused", "absent"), call


@MACHINES
def test_reading_is_open_and_writing_is_closed_for_maths(machine: str) -> None:
    for flags, answer in ((0, "allowed"), (0o2000000, "allowed"), (1, "refused"), (2, "refused"), (0o100, "refused")):
        assert decide(machine, "openat", -100, 0, flags) == answer
        assert decide(machine, "openat", -100, 0, flags, closed=False) == "allowed"


@MACHINES
def test_maths_cannot_fork_and_a_program_can_but_not_into_namespaces(machine: str) -> None:
    assert decide(machine, "clone", 17) == "refused"
    assert decide(machine, "clone", 17, closed=False) == "allowed"
    for flag in (0x10000000, 0x20000000, 0x00020000, 0x40000000):
        assert decide(machine, "clone", 17 | flag, closed=False) == "refused"
    assert decide(machine, "execve") == "refused"
    assert decide(machine, "execve", closed=False) == "allowed"


@MACHINES
def test_a_process_may_signal_itself_and_in_a_namespace_of_its_own_its_children(machine: str) -> None:
    for closed in (True, False):
        assert decide(machine, "kill", OWN_PID, 9, closed=closed) == "allowed"
        assert decide(machine, "kill", OWN_PID + 1, 9, closed=closed) == "refused"
        assert decide(machine, "kill", -1, 9, closed=closed) == "refused"
    assert decide(machine, "kill", 7, 9, closed=False, alone=True) == "allowed"


@MACHINES
def test_the_upper_half_of_an_argument_does_not_hide_its_lower_half(machine: str) -> None:
    assert decide(machine, "openat", -100, 0, (1 << 32) | 1) == "refused"
    assert decide(machine, "clone", (1 << 32) | 0x10000000, closed=False) == "refused"
    assert decide(machine, "fcntl", 3, (1 << 32) | 8, closed=False) == "refused"


@MACHINES
def test_a_socketpair_is_for_programs_and_of_the_local_kind(machine: str) -> None:
    assert decide(machine, "socketpair", 1) == "refused"
    assert decide(machine, "socketpair", 1, closed=False) == "allowed"
    assert decide(machine, "socketpair", 2, closed=False) == "refused"


def test_foreign_architectures_are_killed_and_x32_is_absent() -> None:
    for program in (seccomp.base("x86_64", True), seccomp.final("x86_64", True, True, True)):
        assert execute(program, 0x40000003, 1, ()) == seccomp.KILL
        assert execute(program, ARCH["aarch64"], 1, ()) == seccomp.KILL
    assert decide("x86_64", 0x40000000 | 41) == "absent"
