package org.ringwall.loader.apply;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.cgroup.Cgroup;

/**
 * Applies a policy, or removes it, in a process of its own that is killed by SIGKILL just before its n-th change of anything in the kernel.
 * Prints what it was about to do at each.
 */
final class Doomed {
    private static final Set<String> CHANGES = Set.of(
            "linkCreate",
            "linkDetach",
            "objPin",
            "barrier",
            "store",
            "createFolder",
            "unlink",
            "removeFolder",
            "mapCreate");

    private final int killAt;
    private int changes;

    private Doomed(int killAt) {
        this.killAt = killAt;
    }

    /** In the place of the port: the policy is removed. */
    static final String REMOVE = "remove";

    /** Arguments: pin base, cgroup, port, change at which to die (past the last: none). */
    public static void main(String[] args) {
        Doomed doomed = new Doomed(Integer.parseInt(args[3]));
        try (LoaderHost real = LoaderHost.ofThisMachine(Path.of(args[0]))) {
            LoaderHost host = new LoaderHost(
                    doomed.watch(Bpf.class, real.bpf()),
                    doomed.watch(PinStore.class, real.pins()),
                    real.cgroups(),
                    real.host());
            if (args[2].equals(REMOVE)) {
                host.remover().remove(InstanceName.parse("p"));
                return;
            }
            Cgroup cgroup = host.cgroups().at(Path.of(args[1]));
            host.applier()
                    .apply(new ApplyRequest(
                            TestObjects.policy("p", Integer.parseInt(args[2])),
                            "main",
                            List.of(cgroup),
                            Map.of("port", args[2]),
                            false));
            System.out.println("done");
        }
    }

    private <T> T watch(Class<T> seam, T real) {
        return seam.cast(Proxy.newProxyInstance(
                Doomed.class.getClassLoader(), new Class<?>[] {seam}, (self, method, args) -> {
                    if (CHANGES.contains(method.getName())) {
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

    /** Ends this very process without any of its clean-up. */
    private static final class LoaderHostKill {
        static void self() {
            new org.ringwall.loader.sys.Host(org.ringwall.loader.sys.Syscalls.ofThisMachine())
                    .kill(ProcessHandle.current().pid());
        }
    }
}
