package org.ringwall.bench.verdict;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.Syscalls;

/** One program in force on a child cgroup of its own, with a driver in it; everything is gone after {@link #close}. */
final class Contestant implements AutoCloseable {
    private final String name;
    private final Syscalls syscalls;
    private final DriverProcess driver;
    private final Fd program;
    private final Deque<AutoCloseable> owned;

    private Contestant(String name, Syscalls syscalls, DriverProcess driver, Fd program, Deque<AutoCloseable> owned) {
        this.name = name;
        this.syscalls = syscalls;
        this.driver = driver;
        this.program = program;
        this.owned = owned;
    }

    /** The policy as `ringwall apply` puts it in force, its control word included. */
    static Contestant ofPolicy(String name, Hook hook, Compilation compilation, List<Path> keySets) {
        return start(name, keySets, (bpf, cgroup, directory, owned) -> {
            owned.push(Enforced.on(cgroup, compilation.object(), Map.of()));
            List<Integer> ids = bpf.progQuery(directory, hook.attachType()).progIds();
            if (ids.size() != 1) {
                throw new IllegalStateException("programs " + ids + " where one was attached");
            }
            return bpf.progById(ids.get(0));
        });
    }

    /** A plain program, attached by a link. */
    static Contestant ofProgram(String name, ProgSpec spec, List<Path> keySets) {
        return start(name, keySets, (bpf, cgroup, directory, owned) -> {
            Fd program = bpf.progLoad(spec);
            owned.push(program);
            owned.push(bpf.linkCreate(program, directory, spec.attachType()));
            return program;
        });
    }

    /** Attaches a program and says which; what must be undone is pushed. */
    private interface Attach {
        Fd to(KernelBpf bpf, ChildCgroup cgroup, Fd directory, Deque<AutoCloseable> owned);
    }

    private static Contestant start(String name, List<Path> keySets, Attach attach) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Deque<AutoCloseable> owned = new ArrayDeque<>();
        try {
            ChildCgroup cgroup = ChildCgroup.make();
            owned.push(cgroup);
            DriverProcess driver = DriverProcess.in(cgroup.path(), keySets);
            owned.push(driver);
            KernelBpf bpf = new KernelBpf(syscalls);
            owned.push(bpf);
            Fd directory = new Host(syscalls).openDirectory(cgroup.path());
            owned.push(directory);
            Fd program = attach.to(bpf, cgroup, directory, owned);
            owned.push(program);
            return new Contestant(name, syscalls, driver, program, owned);
        } catch (RuntimeException e) {
            closeAll(owned, e);
            throw e;
        }
    }

    /** Its name in tables. */
    String name() {
        return name;
    }

    /** What the kernel counts for its program now. */
    ProgramStats stats() {
        return ProgramStats.of(syscalls, program);
    }

    /** Whether each key of the set is let through. */
    List<Boolean> check(int set) {
        return driver.check(set);
    }

    /** Nanoseconds in the program per run, over this many calls with random keys; each must fare as at the check. */
    double nanoseconds(int set, int calls, long seed) {
        ProgramStats before = stats();
        int otherwise = driver.run(set, calls, seed);
        ProgramStats after = stats();
        long runs = after.runs() - before.runs();
        if (otherwise != 0 || runs < calls) {
            throw new IllegalStateException(name + ": of " + calls + " calls the program ran in " + runs + " and "
                    + otherwise + " fared otherwise than before");
        }
        return (double) (after.runTimeNs() - before.runTimeNs()) / runs;
    }

    @Override
    public void close() {
        IllegalStateException failed = new IllegalStateException("cannot take " + name + " away");
        closeAll(owned, failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    private static void closeAll(Deque<AutoCloseable> owned, Exception failed) {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                failed.addSuppressed(e);
            }
        }
    }
}
