// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.object.ObjectFile;

/**
 * A process that applies or removes a policy, and kills itself with SIGKILL just before its n-th
 * change to kernel state. It prints each change before it makes it.
 */
public final class Doomed {
    private static final Set<String> CHANGES = Set.of(
            "linkCreate",
            "linkDetach",
            "objPin",
            "barrier",
            "store",
            "createFolder",
            "unlink",
            "removeFolder",
            "rename",
            "progRun",
            "mapCreate");

    /** What a whole command changes. */
    private static final Set<String> ALL_CHANGES = Set.of(
            "btfLoad",
            "mapCreate",
            "mapUpdate",
            "mapUpdateBatch",
            "mapDelete",
            "mapFreeze",
            "progBindMap",
            "progLoad",
            "progRun",
            "linkCreate",
            "linkDetach",
            "objPin",
            "barrier",
            "store",
            "storeLong",
            "createFolder",
            "unlink",
            "removeFolder",
            "rename",
            "tryLock");

    private static final Set<String> CHANGES_OF_MAPS = Set.of("mapUpdate", "mapUpdateBatch", "mapDelete", "mapCreate");

    private final int killAt;
    private final Set<String> counted;
    private final boolean batches;
    private int changes;

    private Doomed(int killAt, Set<String> counted, boolean batches) {
        this.killAt = killAt;
        this.counted = counted;
        this.batches = batches;
    }

    /** Instead of a port: removes the policy. */
    static final String REMOVE = "remove";

    /** Instead of a port: applies the policy with port 7, to be confirmed within an hour. */
    static final String UNCONFIRMED = "unconfirmed";

    /** Instead of a port: confirms the policy, or rolls it back. */
    static final String CONFIRM = "confirm";

    static final String ROLL_BACK = "roll-back";

    /** Instead of a port: applies the policy with port 7 to this cgroup alone. */
    static final String ONLY = "only";

    /** Instead of a port: applies the plain object that the last argument names. */
    static final String PLAIN = "plain";

    /**
     * Instead of a port: adds the remaining arguments to the live set of `web`, or removes them.
     */
    static final String LIVE_ADD = "live-add";

    static final String LIVE_REMOVE = "live-remove";

    /** As {@link #LIVE_ADD}, on a kernel without batch operations. */
    static final String LIVE_ADD_SINGLY = "live-add-singly";

    /**
     * Arguments: pin base, cgroup, port, number of the change to die at (past the last one: none),
     * entries.
     */
    public static void main(String[] args) {
        boolean live = args[2].startsWith("live");
        Doomed doomed = new Doomed(
                Integer.parseInt(args[3]), live ? CHANGES_OF_MAPS : CHANGES, !args[2].equals(LIVE_ADD_SINGLY));
        try (LoaderHost real = LoaderHost.ofThisMachine(Path.of(args[0]))) {
            LoaderHost host = doomed.watch(real);
            if (args[2].equals(REMOVE)) {
                host.remover().remove(InstanceName.parse("p"));
                return;
            }
            if (args[2].equals(CONFIRM)) {
                host.confirmer().confirm(InstanceName.parse("p"));
                return;
            }
            if (args[2].equals(ROLL_BACK)) {
                host.confirmer().rollBack(InstanceName.parse("p"));
                return;
            }
            if (live) {
                List<String> entries = List.of(args).subList(4, args.length);
                try (InstanceState state = host.change(WebInstance.NAME)) {
                    state.live(
                            StateObjects.LIVE,
                            set -> args[2].equals(LIVE_REMOVE) ? set.remove(entries) : set.add(entries, 1000));
                }
                return;
            }
            Cgroup cgroup = host.cgroups().at(Path.of(args[1]));
            if (args[2].equals(PLAIN)) {
                host.applier()
                        .apply(new ApplyRequest(ObjectFile.read(args[4]), "main", List.of(cgroup), Map.of(), false));
                return;
            }
            boolean only = args[2].equals(ONLY);
            boolean unconfirmed = args[2].equals(UNCONFIRMED);
            String port = only || unconfirmed ? "7" : args[2];
            ApplyRequest request = new ApplyRequest(
                    TestObjects.policy("p", Integer.parseInt(port)),
                    "main",
                    List.of(cgroup),
                    Map.of("port", port),
                    only ? Set.of(ApplyRequest.Choice.ONLY) : Set.of(),
                    Set.of(),
                    Optional.empty());
            host.applier()
                    .apply(unconfirmed ? request.confirming(Optional.of(java.time.Duration.ofHours(1))) : request);
            System.out.println("done");
        }
    }

    private LoaderHost watch(LoaderHost real) {
        return new LoaderHost(
                watch(Bpf.class, real.bpf()), watch(PinStore.class, real.pins()), real.cgroups(), real.host());
    }

    /** Returns a host on which this process kills itself just before its change `killAt`. */
    public static LoaderHost at(int killAt, LoaderHost real) {
        return new Doomed(killAt, ALL_CHANGES, true).watch(real);
    }

    private <T> T watch(Class<T> seam, T real) {
        return seam.cast(Proxy.newProxyInstance(
                Doomed.class.getClassLoader(), new Class<?>[] {seam}, (self, method, args) -> {
                    if (!batches && method.getName().equals("mapUpdateBatch")) {
                        return false;
                    }
                    if (counted.contains(method.getName())) {
                        change(method.getName());
                    }
                    try {
                        Object result = method.invoke(real, args);
                        return result instanceof SharedArray shared ? watch(SharedArray.class, shared) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                }));
    }

    private void change(String what) {
        System.out.println(what);
        System.out.flush();
        if (changes == killAt) {
            LoaderHostKill.self();
        }
        changes++;
    }

    /** Kills this process without any clean-up. */
    private static final class LoaderHostKill {
        static void self() {
            new org.ringwall.sys.Host(org.ringwall.sys.Syscalls.ofThisMachine())
                    .kill(ProcessHandle.current().pid(), () -> true);
        }
    }
}
