// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.policy.Param;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.sys.Fd;

/**
 * A policy in force on one cgroup until {@link #close}. Its pins are in a base folder of this
 * process.
 */
public final class Enforced implements AutoCloseable {
    private static final int WORD_BYTES = 24;

    private final LoaderHost host;
    private final ChildCgroup cgroup;
    private PolicyObject policy;
    private final String instance;

    private Enforced(LoaderHost host, ChildCgroup cgroup, String instance, PolicyObject policy) {
        this.host = host;
        this.cgroup = cgroup;
        this.instance = instance;
        this.policy = policy;
    }

    /** Applies an object with these params, as the instance `test`. */
    public static Enforced on(ChildCgroup cgroup, BpfObject object, Map<Param, Long> params) {
        return on(cgroup, "test", object, params);
    }

    /** Applies an object with these params, as the instance of this name. */
    public static Enforced on(ChildCgroup cgroup, String instance, BpfObject object, Map<Param, Long> params) {
        Enforced enforced = new Enforced(LoaderHost.ofThisMachine(base()), cgroup, instance, PolicyObject.of(object));
        enforced.set(params);
        return enforced;
    }

    private static Path base() {
        return Path.of("/sys/fs/bpf/ringwall-test-" + ProcessHandle.current().pid());
    }

    /**
     * Returns whether the loader finds that this kernel discards a value assigned to `new_value` of
     * a sysctl. It refuses such policies.
     */
    public static boolean forgetsSysctlValues() {
        try (LoaderHost host = LoaderHost.ofThisMachine(base())) {
            return host.forgetsSysctlValues();
        }
    }

    /**
     * Returns whether the loader refuses this policy here, because it assigns `new_value` and this
     * kernel discards the value.
     */
    public static boolean refuses(String policy) {
        return policy.contains("assign new_value") && Tried.FORGETFUL;
    }

    /** The result of the test, which runs once and only if it is needed. */
    private static final class Tried {
        static final boolean FORGETFUL = forgetsSysctlValues();
    }

    /** Applies the same object with other params, as an upgrade to a new generation. */
    public void set(Map<Param, Long> params) {
        Map<String, String> values = new TreeMap<>();
        params.forEach((param, value) -> values.put(param.name(), Long.toUnsignedString(value)));
        host.applier().apply(new ApplyRequest(policy, instance, List.of(cgroup.cgroup()), values, false));
    }

    /** Applies another version of the policy. Params keep their values. */
    public void upgrade(BpfObject object) {
        PolicyObject next = PolicyObject.of(object);
        host.applier().apply(new ApplyRequest(next, instance, List.of(cgroup.cgroup()), Map.of(), false));
        policy = next;
    }

    /**
     * Simulates an upgrade in progress: if `older`, this generation decides but is not the newest.
     * No newer generation is loaded.
     */
    public void setOlder(boolean older) {
        Path control =
                base().resolve("v1").resolve(policy.policy() + "@" + instance).resolve("control");
        try (Fd map = host.bpf().objGet(control)) {
            byte[] key = new byte[Integer.BYTES];
            byte[] word = host.bpf().mapLookup(map, key, WORD_BYTES).orElseThrow();
            ByteBuffer fields = ByteBuffer.wrap(word).order(ByteOrder.nativeOrder());
            fields.putInt(Integer.BYTES, fields.getInt(0) + (older ? 1 : 0));
            host.bpf().mapUpdate(map, key, word);
        }
    }

    /**
     * Changes the value of a map's key in place. `size` is the size in bytes, which may be that for
     * all CPUs.
     */
    public void change(String map, byte[] key, int size, Consumer<ByteBuffer> change) {
        Path pin = base().resolve("v1").resolve(name().toString()).resolve("maps/" + map);
        try (Fd fd = host.bpf().objGet(pin)) {
            byte[] value = host.bpf().mapLookup(fd, key, size).orElseThrow();
            change.accept(ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()));
            host.bpf().mapUpdate(fd, key, value);
        }
    }

    /** Returns the size in bytes of a per-CPU value whose size on one CPU is `size`. */
    public int perCpu(int size) {
        return MapEntries.perCpu(host.bpf(), size);
    }

    /** Returns the attached programs by hook. Every hook of the policy has exactly one. */
    public Map<Hook, ProgInfo> programs() {
        Map<Hook, ProgInfo> programs = new EnumMap<>(Hook.class);
        try (Fd directory = host.host().openDirectory(cgroup.path())) {
            for (Hook hook : policy.programs().keySet()) {
                List<Integer> ids =
                        host.bpf().progQuery(directory, hook.attachType()).progIds();
                if (ids.size() != 1) {
                    throw new IllegalStateException("programs " + ids + " at " + hook + " where one was attached");
                }
                try (Fd program = host.bpf().progById(ids.get(0))) {
                    programs.put(hook, host.bpf().progInfo(program));
                }
            }
        }
        return programs;
    }

    /** Replaces the entries of a live set. */
    public void hold(String liveSet, String... entries) {
        try (InstanceState state = host.change(name())) {
            state.live(liveSet, set -> set.replace(List.of(entries), 0));
        }
    }

    /** Replaces the entries of a table. Each entry is a list of words. */
    public void route(String table, List<List<String>> entries) {
        try (InstanceState state = host.change(name())) {
            state.table(table, open -> open.replace(entries));
        }
    }

    /** Returns the counts of a counter, by key. */
    public List<InstanceState.Row> counts(String counter) {
        try (InstanceState state = host.state(name())) {
            return state.counts(counter).orElseThrow();
        }
    }

    /** Returns the unread records, in order. */
    public List<Events.Explained> records() {
        List<Events.Explained> all = new ArrayList<>();
        try (Events events = host.events(name())) {
            for (Optional<Events.Explained> next = events.next(); next.isPresent(); next = events.next()) {
                all.add(next.get());
            }
        }
        return all;
    }

    /** Returns the clock of counters and records, CLOCK_BOOTTIME in nanoseconds. */
    public long now() {
        return host.host().bootTime();
    }

    private InstanceName name() {
        return new InstanceName(policy.policy(), instance);
    }

    @Override
    public void close() {
        host.remover().remove(name());
        host.close();
    }
}
