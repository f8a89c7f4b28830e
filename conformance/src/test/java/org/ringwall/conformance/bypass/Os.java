// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * The system calls of one process. Each throws {@link Refused} if the kernel refuses it. Opened
 * descriptors are recorded, so that they can be closed together.
 */
final class Os {
    static final int STREAM = 1;
    static final int DGRAM = 2;
    static final int RAW = 3;
    static final int TCP = 6;
    static final int UDP = 17;

    private static final int CLOEXEC = 0x80000;
    private static final int AT_FDCWD = -100;
    private static final int DONTWAIT = 0x40;
    static final int TRIES = 200;
    private static final int EAGAIN = 11;
    private static final int NOBODY = 65534;
    private static final int SO_SNDTIMEO = 21;
    private static final long MOMENT_MICROS = 500_000;

    private final Syscalls syscalls;
    private final NativeArena arena;
    private final Path inside;
    private final Path outside;
    private final List<Long> opened = new ArrayList<>();

    Os(Syscalls syscalls, NativeArena arena, Path inside, Path outside) {
        this.syscalls = syscalls;
        this.arena = arena;
        this.inside = inside;
        this.outside = outside;
    }

    /** Moves the process into the cgroup with the policies. */
    void enter() {
        move(inside);
    }

    /** Returns the directory of the cgroup with the policies. */
    String inside() {
        return inside.toString();
    }

    /** Returns the directory of the other cgroup. */
    String outside() {
        return outside.toString();
    }

    /** Moves the process into the other cgroup. */
    void leave() {
        move(outside);
    }

    private static void move(Path cgroup) {
        try {
            Files.writeString(
                    cgroup.resolve("cgroup.procs"),
                    Long.toString(ProcessHandle.current().pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes all recorded descriptors. */
    void closeAll() {
        opened.forEach(fd -> syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0));
        opened.clear();
    }

    Syscalls syscalls() {
        return syscalls;
    }

    NativeArena.Frame frame() {
        return arena.frame();
    }

    /** Records a descriptor that other code opened. */
    long opened(long fd) {
        opened.add(fd);
        return fd;
    }

    /** Returns the result of a call; throws {@link Refused} with its name on an error. */
    long call(Call call, long... arguments) {
        long[] a = Arrays.copyOf(arguments, 6);
        return checked(call, syscalls.call(call, a[0], a[1], a[2], a[3], a[4], a[5]));
    }

    static long checked(Call call, long result) {
        if (result < 0) {
            throw new Refused((int) -result, call.name().toLowerCase(java.util.Locale.ROOT));
        }
        return result;
    }

    long socket(int family, int type, int protocol) {
        return opened(call(Call.SOCKET, family, type | CLOEXEC, protocol));
    }

    void connect(long fd, byte[] address) {
        withBytes(address, block -> call(Call.CONNECT, fd, block.address(), address.length));
    }

    void bind(long fd, byte[] address) {
        withBytes(address, block -> call(Call.BIND, fd, block.address(), address.length));
    }

    void listen(long fd) {
        call(Call.LISTEN, fd, 8);
    }

    /**
     * Returns the waiting connection. It was made over loopback, so it is present at once or
     * never.
     */
    long accept(long fd) {
        return opened(patiently(Call.ACCEPT4, fd, 0, 0, CLOEXEC));
    }

    /** Sends these bytes by send(2). */
    void send(long fd, byte[] bytes) {
        withBytes(bytes, block -> call(Call.SENDTO, fd, block.address(), bytes.length));
    }

    void sendTo(long fd, byte[] bytes, int flags, byte[] address) {
        withBytes(
                bytes,
                block -> withBytes(
                        address,
                        name -> call(
                                Call.SENDTO,
                                fd,
                                block.address(),
                                bytes.length,
                                flags,
                                name.address(),
                                address.length)));
    }

    /** Returns what has arrived; throws EAGAIN if nothing does. */
    byte[] receive(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(4096);
            long length = patiently(Call.RECVFROM, fd, block.address(), block.size(), DONTWAIT);
            return block.bytes(0, (int) length);
        }
    }

    /** Returns the IPv4 address of the sender of the datagram that has arrived. */
    int sender(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock content = frame.zeros(4096);
            NativeBlock name = frame.zeros(28);
            NativeBlock length = frame.zeros(4).putInt(0, name.size());
            patiently(Call.RECVFROM, fd, content.address(), content.size(), DONTWAIT, name.address(), length.address());
            return ByteBuffer.wrap(name.bytes(0, 16)).getInt(4);
        }
    }

    /**
     * Returns the result of a call, which is repeated for a while as long as it returns EAGAIN.
     */
    long patiently(Call call, long... arguments) {
        return patiently(TRIES, call, arguments);
    }

    private long patiently(int tries, Call call, long... arguments) {
        for (int i = 1; ; i++) {
            try {
                return call(call, arguments);
            } catch (Refused e) {
                if (e.errno() != EAGAIN || i == tries) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Waits briefly for the kernel to act. */
    static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void option(long fd, int level, int name, int value) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(4).putInt(0, value);
            call(Call.SETSOCKOPT, fd, level, name, block.address(), 4);
        }
    }

    void option(long fd, int level, int name, byte[] value) {
        withBytes(value, block -> call(Call.SETSOCKOPT, fd, level, name, block.address(), value.length));
    }

    /** Calls setsockopt(2) with a value in the caller's memory. */
    void optionAt(long fd, int level, int name, NativeBlock value) {
        call(Call.SETSOCKOPT, fd, level, name, value.address(), value.size());
    }

    /** Returns a number by getsockopt(2). */
    int option(long fd, int level, int name) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.zeros(4);
            optionInto(fd, level, name, value);
            return value.intAt(0);
        }
    }

    /** Calls getsockopt(2) with a buffer in the caller's memory. */
    void optionInto(long fd, int level, int name, NativeBlock value) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock length = frame.zeros(4).putInt(0, value.size());
            call(Call.GETSOCKOPT, fd, level, name, value.address(), length.address());
        }
    }

    /** Makes sends and connects of this socket time out soon, with EINPROGRESS. */
    void impatient(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            optionAt(fd, 1, SO_SNDTIMEO, frame.zeros(16).putLong(8, MOMENT_MICROS));
        }
    }

    /** Returns the port that a socket is bound to. */
    int port(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock name = frame.zeros(28);
            NativeBlock length = frame.zeros(4).putInt(0, name.size());
            call(Call.GETSOCKNAME, fd, name.address(), length.address());
            return Sockaddr.port(name.bytes(0, 28));
        }
    }

    long open(String path, int flags) {
        try (NativeArena.Frame frame = arena.frame()) {
            return opened(call(Call.OPENAT, AT_FDCWD, frame.text(path).address(), flags | CLOEXEC, 0));
        }
    }

    byte[] read(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(4096);
            long length = call(Call.READ, fd, block.address(), 64);
            return block.bytes(0, (int) length);
        }
    }

    /**
     * Reads from a non-blocking descriptor, and waits briefly if necessary; throws EAGAIN if
     * nothing arrives.
     */
    byte[] readPatiently(long fd) {
        return readPatiently(fd, TRIES);
    }

    /** Reads; repeats the call this many times, 5 ms apart, as long as it returns EAGAIN. */
    byte[] readPatiently(long fd, int tries) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(4096);
            return block.bytes(0, (int) patiently(tries, Call.READ, fd, block.address(), block.size()));
        }
    }

    void write(long fd, byte[] bytes) {
        withBytes(bytes, block -> call(Call.WRITE, fd, block.address(), bytes.length));
    }

    void mknod(String path, int mode, long device) {
        withText(path, name -> call(Call.MKNODAT, AT_FDCWD, name.address(), mode, device));
    }

    void unlink(String path) {
        withText(path, name -> syscalls.call(Call.UNLINKAT, AT_FDCWD, name.address(), 0, 0, 0, 0));
    }

    /** Calls renameat2(2) with RENAME_ flags. */
    void rename(String from, String to, int flags) {
        withText(
                from,
                old -> withText(
                        to, name -> call(Call.RENAMEAT2, AT_FDCWD, old.address(), AT_FDCWD, name.address(), flags)));
    }

    void chmod(String path, int mode) {
        withText(path, name -> call(Call.FCHMODAT, AT_FDCWD, name.address(), mode));
    }

    void mount(String source, String target, String type) {
        mount(source, target, type, 0);
    }

    /** Calls mount(2) with MS_ flags. */
    void mount(String source, String target, String type, long flags) {
        withText(
                source,
                from -> withText(
                        target,
                        to -> withText(
                                type,
                                kind -> call(Call.MOUNT, from.address(), to.address(), kind.address(), flags, 0))));
    }

    void unmount(String target) {
        withText(target, name -> syscalls.call(Call.UMOUNT2, name.address(), 0, 0, 0, 0, 0));
    }

    /**
     * Runs an action as user 65534 without capabilities. Only system calls of this thread are
     * affected.
     */
    void unprivileged(Runnable act) {
        call(Call.SETRESUID, -1, NOBODY, -1);
        try {
            act.run();
        } finally {
            call(Call.SETRESUID, -1, 0, -1);
        }
    }

    /** An action with native memory. */
    interface Use {
        void of(NativeBlock block);
    }

    void withText(String text, Use use) {
        try (NativeArena.Frame frame = arena.frame()) {
            use.of(frame.text(text));
        }
    }

    void withBytes(byte[] bytes, Use use) {
        try (NativeArena.Frame frame = arena.frame()) {
            use.of(frame.bytes(bytes));
        }
    }
}
