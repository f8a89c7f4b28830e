// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/**
 * A system call, with its number on each supported machine:
 * {@code arch/x86/entry/syscalls/syscall_64.tbl} and {@code include/uapi/asm-generic/unistd.h}
 * (aarch64). A test compares them with `testdata/kernel/syscalls.csv`, which has the numbers of the
 * headers of Linux 6.12.
 */
public enum Call {
    READ(0, 63),
    WRITE(1, 64),
    CLOSE(3, 57),
    MMAP(9, 222),
    MUNMAP(11, 215),
    IOCTL(16, 29),
    GETPID(39, 172),
    SOCKET(41, 198),
    CONNECT(42, 203),
    SENDTO(44, 206),
    RECVFROM(45, 207),
    SENDMSG(46, 211),
    RECVMSG(47, 212),
    BIND(49, 200),
    LISTEN(50, 201),
    GETSOCKNAME(51, 204),
    GETPEERNAME(52, 205),
    SOCKETPAIR(53, 199),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    KILL(62, 129),
    FCNTL(72, 25),
    FLOCK(73, 32),
    SYSLOG(103, 116),
    SETRESUID(117, 147),
    PRCTL(157, 167),
    SECCOMP(317, 277),
    CLONE3(435, 435),
    LANDLOCK_CREATE_RULESET(444, 444),
    LANDLOCK_ADD_RULE(445, 445),
    LANDLOCK_RESTRICT_SELF(446, 446),
    CAPGET(125, 90),
    FSTATFS(138, 44),
    SETRESGID(119, 149),
    SCHED_SETAFFINITY(203, 122),
    DUP3(292, 24),
    MOUNT(165, 40),
    UMOUNT2(166, 39),
    SWAPON(167, 224),
    QUOTACTL(179, 60),
    CLOCK_GETTIME(228, 113),
    EPOLL_CTL(233, 21),
    OPENAT(257, 56),
    FCHMODAT(268, 53),
    FACCESSAT(269, 48),
    ACCEPT4(288, 242),
    SENDMMSG(307, 269),
    SETNS(308, 268),
    IO_URING_SETUP(425, 425),
    IO_URING_ENTER(426, 426),
    MKDIRAT(258, 34),
    MKNODAT(259, 33),
    UNLINKAT(263, 35),
    EPOLL_PWAIT(281, 22),
    EPOLL_CREATE1(291, 20),
    UNSHARE(272, 97),
    PRLIMIT64(302, 261),
    NAME_TO_HANDLE_AT(303, 264),
    OPEN_BY_HANDLE_AT(304, 265),
    RENAMEAT2(316, 276),
    BPF(321, 280),
    PIDFD_SEND_SIGNAL(424, 424),
    FSOPEN(430, 430),
    MOVE_MOUNT(429, 429),
    FSCONFIG(431, 431),
    FSMOUNT(432, 432),
    PIDFD_OPEN(434, 434),
    OPENAT2(437, 437),
    PIDFD_GETFD(438, 438),
    PIPE2(293, 59),
    PPOLL(271, 73),
    WAITID(247, 95),
    GETPGID(121, 155);

    private final int x86;
    private final int generic;

    Call(int x86, int generic) {
        this.x86 = x86;
        this.generic = generic;
    }

    public int number(Machine machine) {
        return switch (machine) {
            case X86_64 -> x86;
            case AARCH64 -> generic;
        };
    }
}
