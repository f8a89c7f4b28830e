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
import org.ringwall.loader.apply.EventStream;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.InstanceState;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.PolicyObject;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.loader.sys.Fd;

/** A policy in force on one cgroup, taken away with {@link #close}; its pins have a base folder of their own. */
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

    /** Applies an object with these params. */
    public static Enforced on(ChildCgroup cgroup, BpfObject object, Map<Param, Long> params) {
        return on(cgroup, "test", object, params);
    }

    /** The same as an instance of this name. */
    public static Enforced on(ChildCgroup cgroup, String instance, BpfObject object, Map<Param, Long> params) {
        Enforced enforced = new Enforced(LoaderHost.ofThisMachine(base()), cgroup, instance, PolicyObject.of(object));
        enforced.set(params);
        return enforced;
    }

    private static Path base() {
        return Path.of("/sys/fs/bpf/ringwall-test-" + ProcessHandle.current().pid());
    }

    /** Whether the loader finds that this kernel forgets what is assigned to a sysctl's new value, and refuses whoever does. */
    public static boolean forgetsSysctlValues() {
        try (LoaderHost host = LoaderHost.ofThisMachine(base())) {
            return host.forgetsSysctlValues();
        }
    }

    /** Whether the loader refuses this policy here: it assigns a sysctl's new value, and this kernel forgets that. */
    public static boolean refuses(String policy) {
        return policy.contains("assign new_value") && Tried.FORGETFUL;
    }

    /** Tried once, and only where somebody asks. */
    private static final class Tried {
        static final boolean FORGETFUL = forgetsSysctlValues();
    }

    /** Applies the same object again with other params: an upgrade to a new generation. */
    public void set(Map<Param, Long> params) {
        Map<String, String> values = new TreeMap<>();
        params.forEach((param, value) -> values.put(param.name(), Long.toUnsignedString(value)));
        host.applier().apply(new ApplyRequest(policy, instance, List.of(cgroup.cgroup()), values, false));
    }

    /** Applies another version of the policy; params keep their values. */
    public void upgrade(BpfObject object) {
        PolicyObject next = PolicyObject.of(object);
        host.applier().apply(new ApplyRequest(next, instance, List.of(cgroup.cgroup()), Map.of(), false));
        policy = next;
    }

    /** The same as while a newer generation comes: this one decides, and is not the newest; no newer one is there. */
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

    /** Changes the value of a map's key where it lies, `size` bytes that may be those of all CPUs. */
    public void change(String map, byte[] key, int size, Consumer<ByteBuffer> change) {
        Path pin = base().resolve("v1").resolve(name().toString()).resolve("maps/" + map);
        try (Fd fd = host.bpf().objGet(pin)) {
            byte[] value = host.bpf().mapLookup(fd, key, size).orElseThrow();
            change.accept(ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()));
            host.bpf().mapUpdate(fd, key, value);
        }
    }

    /** The bytes of a value of this size for each CPU. */
    public int perCpu(int size) {
        return MapEntries.perCpu(host.bpf(), size);
    }

    /** The programs that are attached now, by hook: each hook of the policy has one. */
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

    /** Changes what a live set holds to these entries. */
    public void hold(String liveSet, String... entries) {
        try (InstanceState state = host.change(name())) {
            state.live(liveSet, set -> set.replace(List.of(entries), 0));
        }
    }

    /** Changes what a table holds to these entries, each the words of one. */
    public void route(String table, List<List<String>> entries) {
        try (InstanceState state = host.change(name())) {
            state.table(table, open -> open.replace(entries));
        }
    }

    /** What a counter has counted, by key. */
    public List<Counts.Row> counts(String counter) {
        try (InstanceState state = host.state(name())) {
            return state.counts(counter).orElseThrow();
        }
    }

    /** The records that nobody has read yet, in their order. */
    public List<EventStream.Explained> records() {
        List<EventStream.Explained> all = new ArrayList<>();
        try (EventStream events = host.events(name())) {
            for (Optional<EventStream.Explained> next = events.next(); next.isPresent(); next = events.next()) {
                all.add(next.get());
            }
        }
        return all;
    }

    /** The time that counters and records tell, CLOCK_BOOTTIME in ns. */
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
