// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Modes and sizes of terminals, by ioctl(2): numbers and structures of
 * {@code include/uapi/asm-generic/ioctls.h} and {@code termbits.h}, which x86 and arm64 use.
 */
public final class Tty {
    private static final int TCGETS = 0x5401;
    private static final int TCSETSW = 0x5403;
    private static final int TCSETSF = 0x5404;
    private static final int TIOCGPGRP = 0x540f;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int TIOCGDEV = 0x80045432;
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int AT_FDCWD = -100;
    private static final int O_RDWR_NOCTTY_CLOEXEC = 2 | 0x100 | 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_DUPFD_CLOEXEC = 1030;

    /** The sizes of `struct termios` of the kernel and of `struct winsize`. */
    private static final int TERMIOS = 36;

    private static final int WINSIZE = 8;

    /** Offsets of `struct termios`: the flags, and VTIME and VMIN of `c_cc`. */
    private static final int INPUT = 0;

    private static final int OUTPUT = 4;
    private static final int CONTROL = 8;
    private static final int LOCAL = 12;
    private static final int VTIME = 17 + 5;
    private static final int VMIN = 17 + 6;

    /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL and IXON. */
    private static final int INPUT_PROCESSING = 01 | 02 | 010 | 040 | 0100 | 0200 | 0400 | 02000;

    private static final int OPOST = 1;

    /** ECHO, ECHONL, ICANON, ISIG and IEXTEN. */
    private static final int LOCAL_PROCESSING = 010 | 0100 | 02 | 01 | 0100000;

    private static final int CSIZE_PARENB = 060 | 0400;
    private static final int CS8 = 060;

    private Tty() {}

    /** A pseudo-terminal: the side of the emulator, which never waits, and that of programs. */
    public record Pair(Fd master, Fd slave) {}

    /**
     * Creates a pseudo-terminal that controls no session.
     *
     * @throws SyscallException if there is none, or a policy denies it
     */
    public static Pair create(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text("/dev/ptmx").address();
            Fd master = Fd.of(
                    syscalls,
                    Math.toIntExact(syscalls.require(
                            Call.OPENAT, AT_FDCWD, name, O_RDWR_NOCTTY_CLOEXEC | O_NONBLOCK, 0, 0, 0)));
            try {
                syscalls.require(
                        Call.IOCTL,
                        master.number(),
                        TIOCSPTLCK,
                        frame.zeros(Integer.BYTES).address());
                long peer = syscalls.require(Call.IOCTL, master.number(), TIOCGPTPEER, O_RDWR_NOCTTY_CLOEXEC);
                return new Pair(master, Fd.of(syscalls, Math.toIntExact(peer)));
            } catch (SyscallException e) {
                master.close();
                throw e;
            }
        }
    }

    /**
     * Opens the terminal of a descriptor anew, so that it can be read and written without waiting
     * while other processes wait at theirs. Where that is denied, the result is a copy of the
     * descriptor.
     */
    public static Fd open(Syscalls syscalls, int number) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text("/proc/self/fd/" + number).address();
            long opened = syscalls.call(Call.OPENAT, AT_FDCWD, name, O_RDWR_NOCTTY_CLOEXEC | O_NONBLOCK, 0, 0, 0);
            if (opened < 0) {
                opened = syscalls.require(Call.FCNTL, number, F_DUPFD_CLOEXEC, 3);
            }
            return Fd.of(syscalls, Math.toIntExact(opened));
        }
    }

    /** Returns the device number of a terminal; empty if the descriptor is not one. */
    public static Optional<Integer> device(Syscalls syscalls, int number) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock device = frame.zeros(Integer.BYTES);
            boolean terminal = syscalls.call(
                            Call.IOCTL, number, TCGETS, frame.zeros(TERMIOS).address(), 0, 0, 0)
                    >= 0;
            terminal &= syscalls.call(Call.IOCTL, number, TIOCGDEV, device.address(), 0, 0, 0) >= 0;
            return terminal ? Optional.of(device.intAt(0)) : Optional.empty();
        }
    }

    /** Returns the foreground process group; empty if it is not the terminal of this session. */
    public static Optional<Integer> foreground(Syscalls syscalls, Fd terminal) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock group = frame.zeros(Integer.BYTES);
            long done = syscalls.call(Call.IOCTL, terminal.number(), TIOCGPGRP, group.address(), 0, 0, 0);
            return done < 0 ? Optional.empty() : Optional.of(group.intAt(0));
        }
    }

    public static byte[] modes(Syscalls syscalls, Fd terminal) {
        return get(syscalls, terminal, TCGETS, TERMIOS);
    }

    /** Sets the modes of a terminal when its output is written. */
    public static void setModes(Syscalls syscalls, Fd terminal, byte[] modes) {
        set(syscalls, terminal, TCSETSW, modes);
    }

    /** Sets the modes of a terminal like {@link #setModes}, and discards unread input. */
    public static void restoreModes(Syscalls syscalls, Fd terminal, byte[] modes) {
        set(syscalls, terminal, TCSETSF, modes);
    }

    /** Copies the number of rows and columns. */
    public static void copySize(Syscalls syscalls, Fd from, Fd to) {
        set(syscalls, to, TIOCSWINSZ, get(syscalls, from, TIOCGWINSZ, WINSIZE));
    }

    /**
     * Returns these modes without any processing of input and output: cfmakeraw(3).
     *
     * @param output whether output is processed as before
     */
    public static byte[] raw(byte[] modes, boolean output) {
        ByteBuffer raw = ByteBuffer.wrap(modes.clone()).order(ByteOrder.nativeOrder());
        raw.putInt(INPUT, raw.getInt(INPUT) & ~INPUT_PROCESSING);
        raw.putInt(OUTPUT, output ? raw.getInt(OUTPUT) : raw.getInt(OUTPUT) & ~OPOST);
        raw.putInt(CONTROL, raw.getInt(CONTROL) & ~CSIZE_PARENB | CS8);
        raw.putInt(LOCAL, raw.getInt(LOCAL) & ~LOCAL_PROCESSING);
        raw.put(VTIME, (byte) 0).put(VMIN, (byte) 1);
        return raw.array();
    }

    private static byte[] get(Syscalls syscalls, Fd terminal, int command, int size) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(size);
            syscalls.require(Call.IOCTL, terminal.number(), command, block.address());
            return block.bytes(0, size);
        }
    }

    private static void set(Syscalls syscalls, Fd terminal, int command, byte[] value) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            syscalls.require(
                    Call.IOCTL, terminal.number(), command, frame.bytes(value).address());
        }
    }
}
