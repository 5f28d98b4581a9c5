"""The system call filter that every execution wears, on every rung that runs on Linux.

A filter is a classic BPF program: a binary search over the call's number whose leaves are an answer or a short test
of the arguments. It comes in two parts, because the kernel compiles what an execution puts on: `base` is worn by the
agent and inherited, `final` holds the little that the agent still needs; the stricter answer of the two counts.

* `closed` (maths): no fork, no exec, no socket of any kind, nothing opened for writing, no change to any file.
* open (programs): may fork, exec and write where the file system lets it; sockets are socketpairs of AF_UNIX only.

A deny-list: what is not named is allowed, except that numbers newer than this table answer ENOSYS. Refusals are
error numbers, so that an honest library falls back; a foreign architecture is killed.
"""

from __future__ import annotations

import ctypes
import struct

from . import linux

ALLOW = 0x7FFF0000
KILL = 0x80000000
EPERM, EACCES, ENOSYS, ENOTTY = (0x00050000 | n for n in (1, 13, 38, 25))

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_NEWEST = 470
_LOAD, _JEQ, _JGE, _JGT, _JSET, _JA, _RET = 0x20, 0x15, 0x35, 0x25, 0x45, 0x05, 0x06

# name: (x86_64, aarch64); None where the machine has no such call.
NUMBERS = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212),
    "sendmmsg": (307, 269), "recvmmsg": (299, 243), "socketpair": (53, 199), "setsockopt": (54, 208),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "bpf": (321, 280), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "open_tree_attr": (467, 467),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "semget": (64, 190), "semop": (65, 193), "semtimedop": (220, 192), "semctl": (66, 191),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "prlimit64": (302, 261),
    "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "vfork": (58, None),
    "execve": (59, 221), "execveat": (322, 281),
    "prctl": (157, 167), "fcntl": (72, 25), "ioctl": (16, 29), "personality": (135, 92),
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42), "vhangup": (153, 58), "sethostname": (170, 161), "setdomainname": (171, 162),
    "memfd_secret": (447, 447), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None), "uselib": (134, None),
    "ustat": (136, None), "sysfs": (139, None), "_sysctl": (156, None), "create_module": (174, None),
    "get_kernel_syms": (177, None), "query_module": (178, None),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "set_mempolicy_home_node": (450, 450),
    "open": (2, None), "creat": (85, None), "openat": (257, 56), "openat2": (437, 437),
    "mkdir": (83, None), "mkdirat": (258, 34), "mknod": (133, None), "mknodat": (259, 33),
    "unlink": (87, None), "unlinkat": (263, 35), "rmdir": (84, None), "rename": (82, None),
    "renameat": (264, 38), "renameat2": (316, 276), "link": (86, None), "linkat": (265, 37),
    "symlink": (88, None), "symlinkat": (266, 36), "truncate": (76, 45), "ftruncate": (77, 46),
    "fallocate": (285, 47), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463), "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "flock": (73, 32), "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151),
    "setfsgid": (123, 152), "io_setup": (206, 0), "io_submit": (209, 2), "memfd_create": (319, 279),
}  # fmt: skip

_ALWAYS = """
    socket connect bind listen accept accept4 ptrace process_vm_readv process_vm_writev kcmp bpf keyctl add_key
    request_key unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount
    fspick mount_setattr pidfd_open pidfd_getfd pidfd_send_signal shmget shmat shmctl shmdt semget semop
    semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify
    mq_getsetattr rt_sigqueueinfo rt_tgsigqueueinfo ioprio_set migrate_pages move_pages process_madvise
    process_mrelease userfaultfd perf_event_open kexec_load kexec_file_load init_module finit_module
    delete_module quotactl quotactl_fd acct swapon swapoff reboot syslog settimeofday clock_settime adjtimex
    clock_adjtime open_by_handle_at name_to_handle_at lookup_dcookie nfsservctl vhangup sethostname
    setdomainname memfd_secret fanotify_init fanotify_mark modify_ldt iopl ioperm uselib ustat sysfs _sysctl
    create_module get_kernel_syms query_module mbind set_mempolicy set_mempolicy_home_node setuid setgid
    setreuid setregid setresuid setresgid setgroups setfsuid setfsgid
"""
_ABSENT = """
    clone3 io_uring_setup io_uring_enter io_uring_register statmount listmount open_tree_attr openat2
    file_setattr
"""
_CLOSED = """
    sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg socketpair setsockopt clone fork vfork execve execveat
    creat mkdir mkdirat mknod mknodat unlink unlinkat rmdir rename renameat renameat2 link linkat symlink
    symlinkat truncate ftruncate fallocate chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime
    utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr setxattrat
    removexattrat flock inotify_init inotify_init1 inotify_add_watch io_setup io_submit memfd_create
"""

_CLONE_NEW = 0x7E020000
_WRITING = 0o3 | 0o100 | 0o1000 | 0o20000000  # O_ACCMODE, O_CREAT, O_TRUNC, O_TMPFILE's own bit
_PRCTL_FINE = (2, 3, 7, 15, 16, 21, 23, 25, 27, 30, 36, 37, 38, 39, 40, 41, 42, 0x53564D41)
"""PR_GET_* and the harmless PR_SET_*: not PDEATHSIG, DUMPABLE, MM, PTRACER, which would undo walls."""
_FCNTL_OWNER = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY: signals to others
_FCNTL_LOCKS = (6, 7, 37, 38)  # F_SETLK(W) and F_OFD_SETLK(W): a lock on a shared file talks to siblings
_IOCTL_BAD = (0x5412, 0x541C, 0x540E, 0x5423, 0x5452, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, …, FIOSETOWN
_IOCTL_FINE = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIO(N)CLEX


def _ins(code: int, jt: int, jf: int, k: int) -> bytes:
    return struct.pack("=HBBI", code, jt, jf, k & 0xFFFFFFFF)


def _ret(action: int) -> list[bytes]:
    return [_ins(_RET, 0, 0, action)]


def _arg(index: int) -> bytes:
    return _ins(_LOAD, 0, 0, 16 + 8 * index)


def _one_of(index: int, values: tuple[int, ...], hit: int, miss: int) -> list[bytes]:
    code = [_arg(index)]
    for value in values:
        code += [_ins(_JEQ, 0, 1, value), *_ret(hit)]
    return code + _ret(miss)


def _any_bit(index: int, mask: int, hit: int, miss: int) -> list[bytes]:
    return [_arg(index), _ins(_JSET, 0, 1, mask), *_ret(hit), *_ret(miss)]


_OWN_PID = 0x7ADD1D0
"""Stands for the execution's process number until it is filled in; higher than any process number can be."""


def _rules(closed: bool, own_namespace: bool) -> dict[str, list[bytes]]:
    rules = {name: _ret(EPERM) for name in _ALWAYS.split()}
    rules.update({name: _ret(ENOSYS) for name in _ABSENT.split()})
    only_self = _one_of(0, (_OWN_PID,), ALLOW, EPERM)
    if closed or not own_namespace:
        rules.update(dict.fromkeys(("kill", "tkill", "tgkill"), only_self))
    rules["prlimit64"] = _one_of(0, (0,), ALLOW, EPERM)
    rules["prctl"] = _one_of(0, _PRCTL_FINE, ALLOW, EPERM)
    rules["personality"] = _one_of(0, (0, 0xFFFFFFFF), ALLOW, EPERM)
    rules["setpriority"] = _one_of(1, (0,), ALLOW, EPERM)
    for name in ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        rules[name] = _one_of(0, (0,), ALLOW, EPERM)
    if closed:
        rules.update({name: _ret(EPERM) for name in _CLOSED.split()})
        rules["open"] = _any_bit(1, _WRITING, EACCES, ALLOW)
        rules["openat"] = _any_bit(2, _WRITING, EACCES, ALLOW)
        rules["fcntl"] = _one_of(1, _FCNTL_OWNER + _FCNTL_LOCKS, EPERM, ALLOW)
        rules["ioctl"] = _one_of(1, _IOCTL_FINE, ALLOW, ENOTTY)
    else:
        rules["socketpair"] = _one_of(0, (1,), ALLOW, EPERM)
        rules["clone"] = _any_bit(0, _CLONE_NEW, EPERM, ALLOW)
        rules["fcntl"] = _one_of(1, _FCNTL_OWNER, EPERM, ALLOW)
        rules["ioctl"] = _one_of(1, _IOCTL_BAD, EPERM, ALLOW)
    return rules


def _tree(leaves: list[tuple[int, list[bytes]]]) -> list[bytes]:
    """`leaves` are (first number, code) in order; each holds up to the next one's first number."""
    if len(leaves) == 1:
        return leaves[0][1]
    middle = len(leaves) // 2
    low, high = _tree(leaves[:middle]), _tree(leaves[middle:])
    return [_ins(_JGE, 0, 1, leaves[middle][0]), _ins(_JA, 0, 0, len(low)), *low, *high]


_LATE = """
    clone unshare setns mount setgroups setresgid setresuid prctl kill tkill tgkill
    sendto recvfrom sendmsg recvmsg
"""
"""What the agent itself must still be able to do: refused by the second filter, in the execution."""


def base(machine: str, all_closed: bool) -> bytes:
    """The first filter: the agent wears it and every execution inherits it, which costs the execution nothing."""
    return _build(machine, _base_rules(all_closed))


def final(machine: str, all_closed: bool, closed: bool, own_namespace: bool) -> bytes:
    """The second filter, all that the first leaves open; complete but for the own process number."""
    have = _base_rules(all_closed)
    rules = _rules(closed, own_namespace)
    return _build(machine, {name: code for name, code in rules.items() if have.get(name) != code})


def _base_rules(all_closed: bool) -> dict[str, list[bytes]]:
    rules = _rules(all_closed, False)
    return {name: code for name, code in rules.items() if name not in _LATE.split()}


def _build(machine: str, rules: dict[str, list[bytes]]) -> bytes:
    """As the kernel takes it, 8 bytes an instruction."""
    column = 0 if machine == "x86_64" else 1
    by_number = {}
    for name, code in rules.items():
        number = NUMBERS[name][column]
        if number is not None:
            by_number[number] = code
    leaves = [(0, _ret(ALLOW))]
    for number in sorted(by_number):
        if leaves[-1][0] == number:
            leaves.pop()
        leaves += [(number, by_number[number]), (number + 1, _ret(ALLOW))]
    leaves = [leaf for leaf in leaves if leaf[0] <= _NEWEST]
    leaves.append((_NEWEST + 1, _ret(ENOSYS)))
    leaves = leaves[:1] + [leaf for before, leaf in zip(leaves, leaves[1:]) if leaf[1] != before[1]]
    code = [
        _ins(_LOAD, 0, 0, 4),
        _ins(_JEQ, 1, 0, _ARCH[machine]),
        *_ret(KILL),
        _ins(_LOAD, 0, 0, 0),
    ]
    return b"".join(code + _tree(leaves))


def supported() -> bool:
    try:
        return linux.prctl(linux.PR_GET_SECCOMP) == 0
    except OSError:
        return False


class Filter:
    """A filter laid out as the kernel takes it, so that putting it on is one call."""

    def __init__(self, program: bytes):
        self._buffer = ctypes.create_string_buffer(program, len(program))
        start = ctypes.addressof(self._buffer)
        self._fprog = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, start))
        self._address = ctypes.addressof(self._fprog)
        wanted = _ins(_JEQ, 0, 1, _OWN_PID)
        steps = range(0, len(program), 8)
        self._own = [step + 4 for step in steps if program[step : step + 8] == wanted]

    def set_pid(self, pid: int) -> None:
        """Fill in the execution's own process number."""
        for place in self._own:
            struct.pack_into("=I", self._buffer, place, pid)

    def put_on(self) -> None:
        """Wear it, for good. Needs no_new_privs. Raises OSError where the kernel has no filters."""
        linux.prctl(linux.PR_SET_SECCOMP, 2, self._address)
