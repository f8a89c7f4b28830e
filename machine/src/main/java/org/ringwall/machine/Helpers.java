package org.ringwall.machine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;

/** The helper functions of one run, each as the kernel function that it names. */
final class Helpers {
    /** BPF_F_SYSCTL_BASE_NAME. */
    private static final long BASE_NAME = 1;
    /** TASK_COMM_LEN with its NUL. */
    private static final int COMM_LENGTH = 16;

    /** BPF_SK_STORAGE_GET_F_CREATE. */
    private static final long CREATE = 1;

    /** Kernels before 5.13 refuse greater offsets. */
    private static final int MOST_OFFSET = 0xffff;

    private final Hook hook;
    private final Environment environment;
    private final Region context;
    private final Pointers pointers;
    private final List<HelperCall> calls = new ArrayList<>();
    /** The values that lookups have led to, by map and key: one memory however often it is looked up. */
    private final Map<List<Object>, DataRegion> found = new HashMap<>();

    private final Memory memory;

    /** What the socket carries, by storage. */
    private final Map<String, DataRegion> carried = new HashMap<>();

    private final KernelMemory kernel;

    private int retval;

    Helpers(Memory memory, Hook hook, Environment environment, Region context, KernelMemory kernel, Pointers pointers) {
        this.memory = memory;
        this.hook = hook;
        this.environment = environment;
        this.context = context;
        this.pointers = pointers;
        this.retval = environment.retval();
        this.kernel = kernel;
        environment
                .stored()
                .values()
                .forEach((name, value) ->
                        carried.put(name, new DataRegion(memory, name + " value", false, value.toArray())));
    }

    int retval() {
        return retval;
    }

    /** What the socket carries now. */
    Stored stored() {
        Map<String, Bytes> values = new HashMap<>();
        carried.forEach((name, region) -> values.put(name, Bytes.of(region.bytes())));
        return new Stored(values, environment.stored().room());
    }

    List<HelperCall> calls() {
        return List.copyOf(calls);
    }

    /** The result of the call; what it takes from registers r1 to r5 is checked as its `bpf_func_proto` demands. */
    Value call(int slot, int id, Frame frame) {
        Helper helper = Helper.of(id)
                .filter(known -> known.availableAt(hook, environment.kernel()))
                .orElseThrow(() -> new TrapException("program of this type cannot use helper #%d at %s on %s"
                        .formatted(id, hook.word(), environment.kernel())));
        Value result = call(helper, frame);
        List<String> arguments = new ArrayList<>();
        for (int number = 1; number <= arity(helper); number++) {
            arguments.add(frame.read(Reg.of(number)).toString());
        }
        calls.add(new HelperCall(slot, helper, arguments, result.toString()));
        return result;
    }

    private static int arity(Helper helper) {
        return switch (helper) {
            case SET_RETVAL, GET_CURRENT_ANCESTOR_CGROUP_ID, GET_NETNS_COOKIE, GET_SOCKET_COOKIE -> 1;
            case GET_CURRENT_COMM, MAP_LOOKUP_ELEM -> 2;
            case SYSCTL_GET_CURRENT_VALUE, SYSCTL_GET_NEW_VALUE, PROBE_READ_KERNEL, PROBE_READ_KERNEL_STR -> 3;
            case SYSCTL_GET_NAME, SKB_LOAD_BYTES, SK_STORAGE_GET -> 4;
            default -> 0;
        };
    }

    private Value call(Helper helper, Frame frame) {
        Task task = environment.task();
        return switch (helper) {
            case GET_CURRENT_UID_GID -> pair(task.gid(), task.uid());
            case GET_CURRENT_PID_TGID -> pair(task.tgid(), task.pid());
            case GET_CURRENT_CGROUP_ID -> new Value.Scalar(task.cgroupId());
            case GET_CURRENT_ANCESTOR_CGROUP_ID -> ancestor(frame);
            case GET_NETNS_COOKIE -> cookie(frame, task.netns());
            case GET_SOCKET_COOKIE -> cookie(frame, task.socket());
            case GET_CURRENT_COMM -> comm(frame);
            case KTIME_GET_NS, KTIME_GET_BOOT_NS, KTIME_GET_COARSE_NS -> new Value.Scalar(environment.nanoseconds());
            case GET_RETVAL -> new Value.Scalar(retval);
            case SET_RETVAL -> setRetval(frame);
            case SYSCTL_GET_NAME -> sysctlName(frame);
            case SYSCTL_GET_CURRENT_VALUE -> sysctlValue(frame, sysctl().current());
            case SYSCTL_GET_NEW_VALUE -> sysctlValue(frame, sysctl().written());
            case MAP_LOOKUP_ELEM -> lookup(frame);
            case SK_STORAGE_GET -> storage(frame);
            case SKB_LOAD_BYTES -> loadBytes(frame);
            case PROBE_READ_KERNEL -> probeRead(frame);
            case PROBE_READ_KERNEL_STR -> probeReadString(frame);
            default -> throw new TrapException("helper " + helper.kernelName() + " is not modelled");
        };
    }

    private static Value pair(int high, int low) {
        return new Value.Scalar((long) high << 32 | low & 0xffff_ffffL);
    }

    /** `bpf_get_current_ancestor_cgroup_id`: 0 for a level that is deeper than the task's own. */
    private Value ancestor(Frame frame) {
        int level = (int) Pointers.scalar("r1", frame.read(Reg.R1));
        return new Value.Scalar(environment.task().ancestors().getOrDefault(level, 0L));
    }

    /** `bpf_get_netns_cookie_sock`, `bpf_get_socket_cookie_sock` and their kin: a number of the context's socket. */
    private Value cookie(Frame frame, long value) {
        ownContext(frame);
        return new Value.Scalar(value);
    }

    /** `bpf_set_retval`. */
    private Value setRetval(Frame frame) {
        retval = (int) Pointers.scalar("r1", frame.read(Reg.R1));
        return new Value.Scalar(0);
    }

    /** `bpf_get_current_comm`: the rest of the buffer is zeroed. */
    private Value comm(Frame frame) {
        Buffer buffer = buffer(frame, Reg.R1, Reg.R2);
        byte[] name = environment.task().comm().toArray();
        int length = Math.min(Math.min(name.length, COMM_LENGTH - 1), buffer.size() - 1);
        for (int index = 0; index < buffer.size(); index++) {
            buffer.put(index, index < length ? name[index] : 0);
        }
        return new Value.Scalar(0);
    }

    /**
     * `bpf_sysctl_get_name`: the name with its NUL and its length, or -E2BIG and a prefix with its NUL. Bytes after the NUL
     * stay as they were; the kernel promises nothing of them.
     */
    private Value sysctlName(Frame frame) {
        ownContext(frame);
        Buffer buffer = buffer(frame, Reg.R2, Reg.R3);
        boolean base = (Pointers.scalar("r4", frame.read(Reg.R4)) & BASE_NAME) != 0;
        Sysctl sysctl = sysctl();
        byte[] name = (base ? sysctl.baseName() : sysctl.name()).getBytes(StandardCharsets.UTF_8);
        int length = Math.min(name.length, buffer.size() - 1);
        for (int index = 0; index < length; index++) {
            buffer.put(index, name[index]);
        }
        buffer.put(length, (byte) 0);
        return new Value.Scalar(length < name.length ? -Errno.E2BIG.number() : length);
    }

    /** `bpf_sysctl_get_current_value` and `bpf_sysctl_get_new_value` over `copy_sysctl_value`. */
    private Value sysctlValue(Frame frame, Optional<Bytes> content) {
        ownContext(frame);
        Buffer buffer = buffer(frame, Reg.R2, Reg.R3);
        byte[] value = content.orElse(Bytes.EMPTY).toArray();
        boolean fits = value.length < buffer.size();
        for (int index = 0; index < buffer.size(); index++) {
            boolean copied = index < value.length && (fits || index < buffer.size() - 1);
            buffer.put(index, copied ? value[index] : 0);
        }
        if (value.length == 0) {
            return new Value.Scalar(-Errno.EINVAL.number());
        }
        return new Value.Scalar(fits ? value.length : -Errno.E2BIG.number());
    }

    private Sysctl sysctl() {
        return environment.sysctl().orElseThrow(() -> new IllegalArgumentException("the environment has no sysctl"));
    }

    /** `bpf_skb_load_bytes`: the bytes, or -EFAULT and zeros where the packet does not have them all. */
    private Value loadBytes(Frame frame) {
        ownContext(frame);
        long offset = Pointers.scalar("r2", frame.read(Reg.R2)) & 0xffff_ffffL;
        Buffer buffer = buffer(frame, Reg.R3, Reg.R4);
        Bytes packet = environment.packet();
        boolean there = offset <= MOST_OFFSET && offset + buffer.size() <= packet.size();
        for (int index = 0; index < buffer.size(); index++) {
            buffer.put(index, there ? packet.at((int) offset + index) : 0);
        }
        return new Value.Scalar(there ? 0 : -Errno.EFAULT.number());
    }

    /** `bpf_probe_read_kernel`: the bytes, or -EFAULT and zeros. */
    private Value probeRead(Frame frame) {
        Buffer buffer = buffer(frame, Reg.R1, Reg.R2);
        Value source = frame.read(Reg.R3);
        boolean there = true;
        for (int index = 0; index < buffer.size(); index++) {
            Optional<Byte> value = kernel.at(context, source, index);
            there &= value.isPresent();
            buffer.put(index, value.orElse((byte) 0));
        }
        for (int index = 0; !there && index < buffer.size(); index++) {
            buffer.put(index, (byte) 0);
        }
        return new Value.Scalar(there ? 0 : -Errno.EFAULT.number());
    }

    /** `bpf_probe_read_kernel_str` over `strncpy_from_kernel_nofault`: the string's bytes with its NUL, which is forced. */
    private Value probeReadString(Frame frame) {
        if (frame.read(Reg.R2).equals(new Value.Scalar(0))) {
            return new Value.Scalar(0);
        }
        Buffer buffer = buffer(frame, Reg.R1, Reg.R2);
        Value source = frame.read(Reg.R3);
        for (int index = 0; index < buffer.size(); index++) {
            Optional<Byte> value = kernel.at(context, source, index);
            if (value.isEmpty()) {
                return new Value.Scalar(-Errno.EFAULT.number());
            }
            boolean last = value.get() == 0 || index == buffer.size() - 1;
            buffer.put(index, last ? 0 : value.get());
            if (last) {
                return new Value.Scalar(index + 1);
            }
        }
        throw new IllegalStateException("a buffer of no bytes");
    }

    /** `bpf_map_lookup_elem` on a hash or array map. */
    private Value lookup(Frame frame) {
        Table map = map(frame, Table.class);
        Value.Pointer key = memory("R2", frame.read(Reg.R2));
        byte[] bytes = new byte[map.keySize()];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) Pointers.scalar("key", key.region().load(key.offset() + index, Width.B));
        }
        List<Object> entry = List.of(map.name(), ByteBuffer.wrap(bytes));
        map.value(bytes)
                .ifPresent(value -> found.computeIfAbsent(
                        entry, ignored -> new DataRegion(memory, map.name() + " value", false, value)));
        return Optional.ofNullable(found.get(entry))
                .map(region -> (Value) pointers.found(region))
                .orElse(new Value.Scalar(0));
    }

    private <T> T map(Frame frame, Class<T> type) {
        Optional<Symbol> symbol =
                frame.read(Reg.R1) instanceof Value.Pointer pointer && pointer.region() instanceof OpaqueRegion object
                        ? object.symbol()
                        : Optional.empty();
        return symbol.filter(type::isInstance)
                .map(type::cast)
                .orElseThrow(() -> new TrapException("R1 type=%s expected=map_ptr".formatted(frame.read(Reg.R1))));
    }

    /**
     * `bpf_sk_storage_get`, which at the hooks of a `struct bpf_sock` takes the context (`bpf_sk_storage_get_cg_sock_proto`)
     * and elsewhere a socket: what the socket carries, a new value if that is asked for and there is room, or nothing.
     */
    private Value storage(Frame frame) {
        SocketStorage storage = map(frame, SocketStorage.class);
        if (hook.context() == ContextStruct.SOCK) {
            if (!frame.read(Reg.R2).equals(Value.to(context, 0))) {
                throw new TrapException("R2 type=%s expected=ctx".formatted(frame.read(Reg.R2)));
            }
        } else if (!(pointers.usable(frame.read(Reg.R2)).region() == OpaqueRegion.SOCKET)) {
            throw new TrapException("R2 type=%s expected=sock".formatted(frame.read(Reg.R2)));
        }
        byte[] begin = new byte[storage.valueSize()];
        Value given = frame.read(Reg.R3);
        if (!given.equals(new Value.Scalar(0))) {
            Value.Pointer value = memory("R3", given);
            for (int index = 0; index < begin.length; index++) {
                begin[index] = (byte) Pointers.scalar("value", value.region().load(value.offset() + index, Width.B));
            }
        }
        boolean create = (Pointers.scalar("r4", frame.read(Reg.R4)) & CREATE) != 0;
        if (create && environment.stored().room()) {
            carried.computeIfAbsent(storage.name(), name -> new DataRegion(memory, name + " value", false, begin));
        }
        return Optional.ofNullable(carried.get(storage.name()))
                .map(region -> (Value) pointers.found(region))
                .orElse(new Value.Scalar(0));
    }

    private void ownContext(Frame frame) {
        Value value = frame.read(Reg.R1);
        if (!value.equals(Value.to(context, 0))) {
            throw new TrapException("R1 type=%s expected=ctx".formatted(value));
        }
    }

    private Buffer buffer(Frame frame, Reg start, Reg size) {
        Value.Pointer pointer = memory(start.toString(), frame.read(start));
        long bytes = Pointers.scalar(size.toString(), frame.read(size));
        if (bytes <= 0 || bytes > Integer.MAX_VALUE) {
            throw new TrapException("%s invalid size %d".formatted(size, bytes));
        }
        return new Buffer(pointer, (int) bytes);
    }

    private Value.Pointer memory(String what, Value value) {
        if (value instanceof Value.Pointer pointer && pointer.region().plain()) {
            return pointers.usable(pointer);
        }
        throw new TrapException("%s type=%s expected=fp, map_value".formatted(what, value));
    }

    /** Memory that a helper fills; all of it must be there and writable. */
    private record Buffer(Value.Pointer start, int size) {
        Buffer {
            long last = start.offset() + size - 1;
            Region region = start.region();
            if (region instanceof StackRegion stack) {
                stack.scrub(start.offset(), size);
            } else if (region instanceof DataRegion data) {
                data.writable(start.offset(), last);
            } else {
                throw new IllegalStateException("no plain memory: " + region);
            }
        }

        void put(int index, byte value) {
            start.region().store(start.offset() + index, Width.B, new Value.Scalar(value));
        }
    }
}
