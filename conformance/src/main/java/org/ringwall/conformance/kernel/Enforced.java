package org.ringwall.conformance.kernel;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.policy.Param;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.PolicyObject;

/** A policy in force on one cgroup, taken away with {@link #close}; its pins have a base folder of their own. */
public final class Enforced implements AutoCloseable {
    private final LoaderHost host;
    private final ChildCgroup cgroup;
    private PolicyObject policy;
    private final String instance = "test";

    private Enforced(LoaderHost host, ChildCgroup cgroup, PolicyObject policy) {
        this.host = host;
        this.cgroup = cgroup;
        this.policy = policy;
    }

    /** Applies an object with these params. */
    public static Enforced on(ChildCgroup cgroup, BpfObject object, Map<Param, Long> params) {
        Path base =
                Path.of("/sys/fs/bpf/ringwall-test-" + ProcessHandle.current().pid());
        Enforced enforced = new Enforced(LoaderHost.ofThisMachine(base), cgroup, PolicyObject.of(object));
        enforced.set(params);
        return enforced;
    }

    /** Applies the same object again with other params: an upgrade to a new generation. */
    public void set(Map<Param, Long> params) {
        Map<String, String> values = new TreeMap<>();
        params.forEach((param, value) -> values.put(param.name(), Long.toUnsignedString(value)));
        host.applier().apply(new ApplyRequest(policy, instance, List.of(cgroup.cgroup()), values, false));
    }

    /** Applies another version of the policy, with the defaults of its params. */
    public void upgrade(BpfObject object) {
        PolicyObject next = PolicyObject.of(object);
        host.applier().apply(new ApplyRequest(next, instance, List.of(cgroup.cgroup()), Map.of(), false));
        policy = next;
    }

    @Override
    public void close() {
        host.remover().remove(new InstanceName(policy.policy(), instance));
        host.close();
    }
}
