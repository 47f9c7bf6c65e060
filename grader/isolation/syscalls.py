"""The system calls a worker may make: all others are refused by the kernel (seccomp)."""

import errno
import os
import tempfile
from functools import cache

# What Python and NumPy need to start, compute, read their files and write into the scratch folder.
ALLOWED = """
    brk madvise mbind membarrier mincore mlock mmap mprotect mremap munlock munmap

    access chdir chmod close close_range copy_file_range dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fchmod fchmodat fdatasync fstat fstatfs fsync ftruncate
    getcwd getdents getdents64 link linkat lseek lstat mkdir mkdirat newfstatat open openat pipe
    pipe2 pread64 preadv pwrite64 pwritev read readlink readlinkat readv rename renameat renameat2
    rmdir sendfile stat statfs statx symlink symlinkat truncate umask unlink unlinkat utimensat
    write writev

    alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time
    times

    kill pause poll ppoll pselect6 restart_syscall rt_sigaction rt_sigpending rt_sigprocmask
    rt_sigreturn rt_sigsuspend rt_sigtimedwait select sigaltstack tgkill tkill

    getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority getrandom
    getresgid getresuid getrlimit getrusage getsid gettid getuid sched_getaffinity
    sched_getparam sched_getscheduler sched_yield setrlimit sysinfo uname

    arch_prctl execve exit exit_group futex rseq set_robust_list set_tid_address wait4
"""
# Of these, a call with one of the values of an argument: which argument, and which values. Of what
# a terminal can be told, the questions that `open` asks; of what a file can be told, nothing that
# another process would notice (no lease, no lock, no signal); limits of the worker's own process.
ALLOWED_WITH = {
    "ioctl": (1, (0x5451, 0x5450, 0x541B, 0x5401, 0x5413)),  # FIO(N)CLEX, FIONREAD, TCGETS, size
    "fcntl": (1, (0, 1030, 1, 2, 3, 4)),  # F_DUPFD(_CLOEXEC), F_GETFD, F_SETFD, F_GETFL, F_SETFL
    "prlimit64": (0, (0,)),
}
# Refused with an error that says so; any other call meets a kernel that does not know it.
FORBIDDEN = "clone clone3 execveat fork ptrace socket socketpair unshare vfork"


@cache
def program() -> bytes:
    """Compile the filter, by libseccomp; OSError or ImportError where that is not installed."""
    import pyseccomp as seccomp  # loads libseccomp, which Linux alone has

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    for name in FORBIDDEN.split():
        rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    for name in ALLOWED.split():
        rules.add_rule(seccomp.ALLOW, name)
    for name, (argument, values) in ALLOWED_WITH.items():
        for value in values:
            rules.add_rule(seccomp.ALLOW, name, seccomp.Arg(argument, seccomp.EQ, value))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def opened() -> int:
    """Give a descriptor from which one bubblewrap reads the filter; to be closed by the caller."""
    descriptor = os.memfd_create("seccomp")
    os.write(descriptor, program())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
