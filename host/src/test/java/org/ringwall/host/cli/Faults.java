// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Call;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * The kernel of this machine, in which one call of a command fails with an errno and is not made.
 * The calls are numbered from 0 in the order in which the command makes them.
 */
class Faults implements Syscalls {
    /** Which calls are numbered. */
    enum Calls {
        /** Those that change something: objects, maps, links, pins, locks, folders. */
        CHANGING,
        /** Those that only read or open something. */
        READING
    }

    /** The commands of bpf(2) that change something, by their numbers in `enum bpf_cmd`. */
    private static final Set<Long> CHANGING_BPF =
            Set.of(0L, 2L, 3L, 5L, 6L, 8L, 9L, 10L, 18L, 22L, 26L, 27L, 28L, 29L, 34L, 35L);

    private static final Set<Call> CHANGING_CALLS = Set.of(Call.FLOCK, Call.UNLINKAT, Call.PIDFD_SEND_SIGNAL);

    /** Calls that release something, which Linux does also if they return an error. */
    private static final Set<Call> RELEASING = Set.of(Call.CLOSE, Call.MUNMAP);

    private final Syscalls kernel = Syscalls.ofThisMachine();
    private final Calls numbered;
    private final int at;
    private final Errno errno;
    private final List<String> made = new ArrayList<>();
    private boolean injected;

    /** Creates a kernel whose numbered call `at` fails; none does if `at` is negative. */
    Faults(Calls numbered, int at, Errno errno) {
        this.numbered = numbered;
        this.at = at;
        this.errno = errno;
    }

    /** Returns this machine with the fault, and with pins below the folder. */
    LoaderHost host(Path folder) {
        Host host = new Host(this);
        return new LoaderHost(
                new KernelBpf(this), new Pins(new BpffsPins(folder, host)), KernelCgroups.ofThisMachine(host), host);
    }

    /** Returns the numbered calls so far. */
    List<String> made() {
        return made;
    }

    /** Returns whether the fault has occurred. */
    boolean injected() {
        return injected;
    }

    @Override
    public synchronized long once(Call call, long a, long b, long c, long d, long e, long f) {
        boolean changing = call == Call.BPF ? CHANGING_BPF.contains(a) : CHANGING_CALLS.contains(call);
        boolean counts = numbered == Calls.CHANGING ? changing : !changing && !RELEASING.contains(call);
        if (counts && fails(call == Call.BPF ? "bpf " + a : call.name())) {
            return -errno.number();
        }
        return kernel.once(call, a, b, c, d, e, f);
    }

    private boolean fails(String call) {
        made.add(call);
        boolean fails = !injected && made.size() - 1 == at;
        if (fails) {
            injected = true;
            reached();
        }
        return fails;
    }

    /** Called when the fault occurs, before it does. */
    void reached() {}

    /** Numbers a change that is not a system call. */
    synchronized void change(String what) {
        if (numbered == Calls.CHANGING && fails(what)) {
            throw new IllegalStateException("`" + what + "` cannot fail");
        }
    }

    /** Pins whose changes are numbered as calls; they are made by the Java library. */
    private final class Pins implements PinStore {
        private final PinStore pins;

        Pins(PinStore pins) {
            this.pins = pins;
        }

        private synchronized void change(String what) {
            synchronized (Faults.this) {
                if (numbered == Calls.CHANGING && fails(what)) {
                    throw new HostException("cannot " + what + " a pin: " + errno.name(), "try again");
                }
            }
        }

        @Override
        public Path root() {
            return pins.root();
        }

        @Override
        public void createFolder(Path folder) {
            change("mkdir");
            pins.createFolder(folder);
        }

        @Override
        public void checkWritable(Path folder) {
            pins.checkWritable(folder);
        }

        @Override
        public List<String> list(Path folder) {
            return pins.list(folder);
        }

        @Override
        public boolean exists(Path pin) {
            return pins.exists(pin);
        }

        @Override
        public void unlink(Path pin) {
            change("unlink");
            pins.unlink(pin);
        }

        @Override
        public void rename(Path from, Path to) {
            change("rename");
            pins.rename(from, to);
        }

        @Override
        public void removeFolder(Path folder) {
            change("rmdir");
            pins.removeFolder(folder);
        }

        @Override
        public Optional<Lock> tryLock(Path folder) {
            return pins.tryLock(folder);
        }

        @Override
        public Optional<Lock> tryShare(Path folder) {
            return pins.tryShare(folder);
        }
    }
}
