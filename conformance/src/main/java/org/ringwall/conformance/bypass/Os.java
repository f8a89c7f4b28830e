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
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** System calls of one process, each of which throws {@link Refused} where the kernel refuses; it knows what it opened. */
final class Os {
    static final int STREAM = 1;
    static final int DGRAM = 2;
    static final int RAW = 3;
    static final int TCP = 6;
    static final int UDP = 17;

    private static final int CLOEXEC = 0x80000;
    private static final int AT_FDCWD = -100;
    private static final int DONTWAIT = 0x40;
    private static final int TRIES = 200;
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

    /** The process goes into the cgroup that policies are put on. */
    void enter() {
        move(inside);
    }

    /** That cgroup's directory. */
    String inside() {
        return inside.toString();
    }

    /** The directory of the other one. */
    String outside() {
        return outside.toString();
    }

    /** The process goes into a cgroup beside it. */
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

    /** Closes what is open. */
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

    /** Notes a descriptor that something else opened. */
    long opened(long fd) {
        opened.add(fd);
        return fd;
    }

    /** The result of a call, or {@link Refused} with its name. */
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

    /** The connection that is waiting; it was made by an address of loopback, so it is here at once or never. */
    long accept(long fd) {
        return opened(patiently(Call.ACCEPT4, fd, 0, 0, CLOEXEC));
    }

    /** send(2) of these bytes. */
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

    /** What has arrived; EAGAIN if nothing does. */
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

    /** The result of a call that is made again for a while as long as it gives EAGAIN. */
    long patiently(Call call, long... arguments) {
        for (int i = 1; ; i++) {
            try {
                return call(call, arguments);
            } catch (Refused e) {
                if (e.errno() != EAGAIN || i == TRIES) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Waits a moment for what the kernel does by itself. */
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

    /** setsockopt(2) of a value that lies in memory of the caller's. */
    void optionAt(long fd, int level, int name, NativeBlock value) {
        call(Call.SETSOCKOPT, fd, level, name, value.address(), value.size());
    }

    /** getsockopt(2) of a number. */
    int option(long fd, int level, int name) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.zeros(4);
            optionInto(fd, level, name, value);
            return value.intAt(0);
        }
    }

    /** getsockopt(2) into memory of the caller's. */
    void optionInto(long fd, int level, int name, NativeBlock value) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock length = frame.zeros(4).putInt(0, value.size());
            call(Call.GETSOCKOPT, fd, level, name, value.address(), length.address());
        }
    }

    /** Calls of this socket that send or connect give up after a moment: EINPROGRESS. */
    void impatient(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            optionAt(fd, 1, SO_SNDTIMEO, frame.zeros(16).putLong(8, MOMENT_MICROS));
        }
    }

    /** The port that a socket is bound to. */
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

    /** What a descriptor that does not block gives soon; EAGAIN if nothing. */
    byte[] readPatiently(long fd) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock block = frame.zeros(4096);
            return block.bytes(0, (int) patiently(Call.READ, fd, block.address(), block.size()));
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

    /** renameat2(2) with RENAME_ flags. */
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

    /** mount(2) with MS_ flags. */
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

    /** Does it as user 65534 and without capabilities; system calls of this thread alone are concerned. */
    void unprivileged(Runnable act) {
        call(Call.SETRESUID, -1, NOBODY, -1);
        try {
            act.run();
        } finally {
            call(Call.SETRESUID, -1, 0, -1);
        }
    }

    /** What has to be done with native memory. */
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
