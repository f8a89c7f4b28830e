// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * The kernel of this machine for a command that ends just before its n-th change, as by SIGKILL,
 * without a process of its own: its thread never runs again, and what the kernel does at the end of
 * a process is done here, namely closing its descriptors, which also gives up its locks, and
 * unmapping its memory. Changes are those of {@link Faults}, and stores into mapped maps.
 */
final class Kills extends Faults {
    private static final long PAUSE_NANOS = 500_000;

    /** The commands of bpf(2) that create an object, by their numbers in `enum bpf_cmd`. */
    private static final Map<Long, String> CREATING = Map.of(0L, "map_id", 5L, "prog_id", 18L, "btf_id");

    /** The other commands of bpf(2) that return a descriptor. */
    private static final Set<Long> OPENING_BPF = Set.of(7L, 13L, 14L, 19L, 28L, 30L, 32L, 36L);

    private static final Set<Call> OPENING = Set.of(
            Call.OPENAT,
            Call.OPENAT2,
            Call.OPEN_BY_HANDLE_AT,
            Call.SOCKET,
            Call.EPOLL_CREATE1,
            Call.ACCEPT4,
            Call.PIDFD_OPEN,
            Call.PIDFD_GETFD,
            Call.DUP3);

    private final Syscalls kernel = Syscalls.ofThisMachine();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Set<Long> open = new HashSet<>();
    private final Map<Long, Long> mapped = new HashMap<>();
    private final List<Created> created = new ArrayList<>();
    private volatile boolean killed;

    /** An object of bpf(2): the name of its id in `/proc/self/fdinfo`, and the id. */
    private record Created(String kind, int id) {
        boolean exists(Bpf bpf) {
            try (Fd fd = kind.equals("map_id")
                    ? bpf.mapById(id)
                    : kind.equals("prog_id") ? bpf.progById(id) : bpf.openBtf(id)) {
                return fd.number() >= 0;
            } catch (KernelRefusedException e) {
                if (e.errno().is(Errno.ENOENT)) {
                    return false;
                }
                throw e;
            }
        }
    }

    /** Creates a kernel whose command is killed before its change `at`; a negative one is never. */
    Kills(int at) {
        super(Calls.CHANGING, at, Errno.EPERM);
    }

    /**
     * Runs a command until it ends or is killed. Returns its exit code, or empty if it was killed.
     */
    Optional<CommandTable.Ended> run(CommandTable table, String command) {
        return run(() -> table.run(this, command));
    }

    /** Runs a command on the host of these kills until it ends or is killed. */
    Optional<CommandTable.Ended> run(Supplier<CommandTable.Ended> command) {
        List<CommandTable.Ended> result = new ArrayList<>();
        List<Throwable> failure = new ArrayList<>();
        Thread thread = new Thread(() -> result.add(command.get()), "killed at " + made().size());
        thread.setUncaughtExceptionHandler((self, thrown) -> failure.add(thrown));
        thread.setDaemon(true);
        thread.start();
        while (thread.isAlive() && ended.getCount() > 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        if (killed) {
            release();
            return Optional.empty();
        }
        if (!failure.isEmpty()) {
            throw new AssertionError(failure.get(0));
        }
        return Optional.of(result.get(0));
    }

    @Override
    void reached() {
        killed = true;
        ended.countDown();
        stop();
    }

    private static void stop() {
        while (true) {
            LockSupport.park();
        }
    }

    @Override
    LoaderHost host(Path folder) {
        LoaderHost host = super.host(folder);
        return new LoaderHost(watch(Bpf.class, host.bpf()), host.pins(), host.hierarchy(), host.host());
    }

    /** Returns the same object, whose stores into mapped memory are numbered as changes. */
    private <T> T watch(Class<T> seam, T real) {
        return seam.cast(Proxy.newProxyInstance(
                Kills.class.getClassLoader(), new Class<?>[] {seam}, (self, method, args) -> {
                    if (method.getName().startsWith("store")) {
                        change("store");
                    }
                    try {
                        Object result = method.invoke(real, args);
                        return result instanceof SharedArray shared ? watch(SharedArray.class, shared) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                }));
    }

    @Override
    public long once(Call call, long a, long b, long c, long d, long e, long f) {
        if (killed) {
            stop();
        }
        long result = super.once(call, a, b, c, d, e, f);
        if (result >= 0) {
            note(call, a, b, result);
        }
        return result;
    }

    private synchronized void note(Call call, long a, long b, long result) {
        if (call == Call.CLOSE) {
            open.remove(a);
        } else if (call == Call.MUNMAP) {
            mapped.remove(a);
        } else if (call == Call.MMAP) {
            mapped.put(result, b);
        } else if (call == Call.BPF && CREATING.containsKey(a)) {
            open.add(result);
            String kind = CREATING.getOrDefault(a, "");
            created.add(new Created(kind, id(kind, result)));
        } else if (OPENING.contains(call) || call == Call.BPF && OPENING_BPF.contains(a)) {
            open.add(result);
        }
    }

    private static int id(String kind, long fd) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + fd))) {
            return lines.filter(line -> line.startsWith(kind + ":"))
                    .map(line ->
                            Integer.parseInt(line.substring(kind.length() + 1).strip()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void release() {
        open.forEach(fd -> kernel.require(Call.CLOSE, fd, 0, 0));
        mapped.forEach((address, length) -> kernel.require(Call.MUNMAP, address, length, 0));
    }

    /** Returns how many maps, programs and types that the command created still exist. */
    long left(Bpf bpf) {
        return created.stream().filter(object -> object.exists(bpf)).count();
    }
}
