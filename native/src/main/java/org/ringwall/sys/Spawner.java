// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The start of a process that leads a session of its own, by posix_spawn(3) of the C library.
 * {@link ProcessBuilder} has no sessions, and fork(2) is not safe in a JVM.
 *
 * <p>No signal is blocked in the process, and those that this process ignores stay ignored. It has
 * the descriptors 0, 1 and 2 of this process and the ones that are given to it, and no other.
 */
public final class Spawner {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int O_RDWR = 2;

    /** Flags of spawn.h. */
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;

    private static final int POSIX_SPAWN_SETSID = 0x80;

    /** Enough for each of the structures of spawn.h, which have at most 336 bytes. */
    private static final int STRUCTURE = 1024;

    private final Syscalls syscalls;
    private final C library;
    private final List<Action> actions = new ArrayList<>();

    public Spawner(Syscalls syscalls) {
        this.syscalls = syscalls;
        this.library = NativeStub.library(C.class, "libc.so.6");
    }

    /** A descriptor of the new process. */
    private record Action(int target, int source, boolean terminal) {}

    /** Gives the process a descriptor of this one under another number. */
    public Spawner with(int number, Fd source) {
        actions.add(new Action(number, source.number(), false));
        return this;
    }

    /**
     * Gives the process a terminal, opened anew. The first one becomes the controlling terminal of
     * its session.
     */
    public Spawner withTerminal(int number, Fd terminal) {
        actions.add(new Action(number, terminal.number(), true));
        return this;
    }

    /**
     * Starts the process.
     *
     * @param words the path of the program and its arguments, as bytes without a zero
     * @param environment `NAME=VALUE` as bytes without a zero
     * @throws IOException with the name of the error number if the program cannot be started
     */
    public Child start(List<byte[]> words, List<byte[]> environment) throws IOException {
        closeAllOnExec();
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attributes = frame.zeros(STRUCTURE);
            NativeBlock files = frame.zeros(STRUCTURE);
            accepted(library.posix_spawnattr_init(attributes.address()));
            accepted(library.posix_spawnattr_setflags(
                    attributes.address(), POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK));
            accepted(library.posix_spawn_file_actions_init(files.address()));
            try {
                for (Action action : actions) {
                    accepted(add(frame, files.address(), action));
                }
                NativeBlock pid = frame.zeros(Integer.BYTES);
                NativeBlock all = pointers(frame, words);
                accepted(library.posix_spawn(
                        pid.address(),
                        all.longAt(0),
                        files.address(),
                        attributes.address(),
                        all.address(),
                        pointers(frame, environment).address()));
                return Child.of(syscalls, pid.intAt(0));
            } finally {
                library.posix_spawn_file_actions_destroy(files.address());
                library.posix_spawnattr_destroy(attributes.address());
            }
        }
    }

    private int add(NativeArena.Frame frame, long files, Action action) {
        if (!action.terminal()) {
            return library.posix_spawn_file_actions_adddup2(files, action.source(), action.target());
        }
        long path = frame.text(
                        DESCRIPTORS.resolve(Integer.toString(action.source())).toString())
                .address();
        return library.posix_spawn_file_actions_addopen(files, action.target(), path, O_RDWR, 0);
    }

    /** Returns an array of the addresses of strings, with a null pointer at its end. */
    private static NativeBlock pointers(NativeArena.Frame frame, List<byte[]> texts) {
        NativeBlock array = frame.zeros(Math.multiplyExact(texts.size() + 1, Long.BYTES));
        for (int i = 0; i < texts.size(); i++) {
            byte[] text = texts.get(i);
            array.putLong(
                    i * Long.BYTES, frame.zeros(text.length + 1).put(0, text).address());
        }
        return array;
    }

    /** The caller of this process may have left descriptors open that programs inherit. */
    private void closeAllOnExec() throws IOException {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path each : open) {
                int number = Integer.parseInt(String.valueOf(each.getFileName()));
                if (number > 2) {
                    // EBADF: it has been closed meanwhile, as that of this directory.
                    syscalls.call(Call.FCNTL, number, F_SETFD, FD_CLOEXEC, 0, 0, 0);
                }
            }
        }
    }

    private static void accepted(int error) throws IOException {
        if (error != 0) {
            throw new IOException(new ErrorNumber(error).name());
        }
    }

    /**
     * Functions of spawn.h, which return an error number. The foreign function library requires the
     * interface to be public.
     */
    public interface C {
        int posix_spawnattr_init(long attributes);

        int posix_spawnattr_setflags(long attributes, int flags);

        int posix_spawnattr_destroy(long attributes);

        int posix_spawn_file_actions_init(long files);

        int posix_spawn_file_actions_adddup2(long files, int from, int to);

        int posix_spawn_file_actions_addopen(long files, int to, long path, int flags, int mode);

        int posix_spawn_file_actions_destroy(long files);

        int posix_spawn(long pid, long path, long files, long attributes, long words, long environment);
    }
}
