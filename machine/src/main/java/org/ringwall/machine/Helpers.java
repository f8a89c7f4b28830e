// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.object.Bytes;

/** The helper functions of one run, each modelled after the kernel function named there. */
final class Helpers {
    /** BPF_F_SYSCTL_BASE_NAME. */
    private static final long BASE_NAME = 1;
    /** TASK_COMM_LEN, including the NUL. */
    private static final int COMM_LENGTH = 16;

    /** The greatest offset that kernels before 5.13 accept. */
    private static final int MOST_OFFSET = 0xffff;

    /** PAGE_SIZE − 1. */
    private static final int MOST_VALUE = 4095;

    private final Hook hook;
    private final Environment environment;
    private final Region context;
    private final List<HelperCall> calls = new ArrayList<>();
    private final MapHelpers maps;
    private final RingHelpers rings;
    private final Held held;
    private final Arguments arguments;
    private final SplittableRandom random;

    private final KernelMemory kernel;

    private int retval;
    private Done done = Done.NOTHING;

    Helpers(
            Hook hook,
            Environment environment,
            Region context,
            KernelMemory kernel,
            Pointers pointers,
            MapHelpers maps,
            RingHelpers rings,
            Held held) {
        this.hook = hook;
        this.environment = environment;
        this.context = context;
        this.kernel = kernel;
        this.maps = maps;
        this.rings = rings;
        this.held = held;
        this.arguments = new Arguments(pointers);
        this.retval = environment.retval();
        this.random = new SplittableRandom(environment.seed());
    }

    int retval() {
        return retval;
    }

    Done done() {
        return done;
    }

    List<HelperCall> calls() {
        return List.copyOf(calls);
    }

    /**
     * Returns the helper with this number.
     *
     * @throws TrapException if a program of this hook may not call it
     */
    Helper helper(int id) {
        return Helper.of(id)
                .filter(known -> known.availableAt(hook, environment.kernel()))
                .orElseThrow(() -> new TrapException("program of this type cannot use helper #%d at %s on %s"
                        .formatted(id, hook.word(), environment.kernel())));
    }

    /**
     * Returns the result of the call; empty for a helper without one. Arguments in r1 to r5 are
     * checked as its `bpf_func_proto` requires.
     */
    Optional<Value> call(int slot, Helper helper, Frame frame) {
        held.beforeHelper(helper);
        Optional<Value> result = effect(helper, frame) ? Optional.empty() : Optional.of(value(slot, helper, frame));
        List<String> given = new ArrayList<>();
        int arguments = helper.prototype()
                .map(prototype -> prototype.arguments().size())
                .orElseThrow(() -> unmodelled(helper));
        for (int number = 1; number <= arguments; number++) {
            given.add(frame.read(Reg.of(number)).toString());
        }
        calls.add(
                new HelperCall(slot, helper, given, result.map(Value::toString).orElse("void")));
        return result;
    }

    /** Calls a helper that returns nothing (RET_VOID). Returns whether it is one. */
    private boolean effect(Helper helper, Frame frame) {
        switch (helper) {
            case SPIN_LOCK -> maps.lock(frame);
            case SPIN_UNLOCK -> maps.unlock(frame);
            case RINGBUF_SUBMIT -> rings.submit(frame);
            case RINGBUF_DISCARD -> rings.discard(frame);
            default -> {
                return false;
            }
        }
        return true;
    }

    private Value value(int slot, Helper helper, Frame frame) {
        return switch (helper) {
            case MAP_LOOKUP_ELEM -> maps.lookup(frame);
            case MAP_LOOKUP_PERCPU_ELEM -> maps.lookupPerCpu(frame);
            case MAP_UPDATE_ELEM -> maps.update(frame);
            case MAP_DELETE_ELEM -> maps.delete(frame);
            case SK_STORAGE_GET -> maps.storage(frame);
            case SK_STORAGE_DELETE -> maps.deleteStorage(frame);
            case SKC_TO_MPTCP_SOCK -> maps.mptcp(frame);
            case SKC_TO_TCP_SOCK -> maps.tcp(frame);
            case RINGBUF_OUTPUT -> rings.output(frame);
            case RINGBUF_RESERVE -> rings.reserve(slot, frame);
            case RINGBUF_QUERY -> rings.query(frame);
            case SYSCTL_GET_NAME -> sysctlName(frame);
            case SYSCTL_GET_CURRENT_VALUE -> sysctlValue(frame, sysctl().current());
            case SYSCTL_GET_NEW_VALUE -> sysctlValue(frame, sysctl().written());
            case SYSCTL_SET_NEW_VALUE -> setSysctlValue(frame);
            case SETSOCKOPT -> setOption(frame);
            case SKB_LOAD_BYTES -> loadBytes(frame);
            case PROBE_READ_KERNEL -> probeRead(frame);
            default -> number(helper, frame);
        };
    }

    /** Calls the helpers that work on numbers, and `bpf_get_current_comm`. */
    private Value number(Helper helper, Frame frame) {
        Task task = environment.task();
        return switch (helper) {
            case GET_CURRENT_UID_GID -> pair(task.gid(), task.uid());
            case GET_CURRENT_PID_TGID -> pair(task.tgid(), task.pid());
            case GET_CURRENT_CGROUP_ID -> new Value.Scalar(task.cgroupId());
            case GET_CURRENT_ANCESTOR_CGROUP_ID -> ancestor(frame);
            case GET_NETNS_COOKIE -> cookie(frame, task.netns());
            case GET_SOCKET_COOKIE -> cookie(frame, task.socket());
            case SKB_CGROUP_ID -> cookie(frame, task.socketCgroup());
            case GET_CURRENT_COMM -> comm(frame);
            case KTIME_GET_NS, KTIME_GET_BOOT_NS, KTIME_GET_COARSE_NS -> new Value.Scalar(environment.nanoseconds());
            case GET_SMP_PROCESSOR_ID -> new Value.Scalar(environment.cpu());
            case GET_PRANDOM_U32 -> new Value.Scalar(random.nextInt() & 0xffff_ffffL);
            case GET_RETVAL -> new Value.Scalar(retval);
            case SET_RETVAL -> setRetval(frame);
            case SOCK_OPS_CB_FLAGS_SET -> callbackFlags(frame);
            default -> throw unmodelled(helper);
        };
    }

    private static TrapException unmodelled(Helper helper) {
        return new TrapException("helper " + helper.kernelName() + " is not modelled");
    }

    private static Value pair(int high, int low) {
        return new Value.Scalar((long) high << 32 | low & 0xffff_ffffL);
    }

    /**
     * Returns the result of `bpf_get_current_ancestor_cgroup_id`: 0 for a level deeper than the
     * task's own.
     */
    private Value ancestor(Frame frame) {
        int level = (int) Pointers.scalar("r1", frame.read(Reg.R1));
        return new Value.Scalar(environment.task().ancestors().getOrDefault(level, 0L));
    }

    /**
     * Returns a number of the context's socket: `bpf_get_netns_cookie_sock`,
     * `bpf_get_socket_cookie_sock`, `bpf_skb_cgroup_id`.
     */
    private Value cookie(Frame frame, long value) {
        ownContext(frame);
        return new Value.Scalar(value);
    }

    /**
     * Calls `bpf_sock_ops_cb_flags_set`: every flag is accepted; the caller decides for which
     * events a program then runs.
     */
    private Value callbackFlags(Frame frame) {
        ownContext(frame);
        Pointers.scalar("r2", frame.read(Reg.R2));
        return new Value.Scalar(0);
    }

    /** Calls `bpf_set_retval`. */
    private Value setRetval(Frame frame) {
        retval = (int) Pointers.scalar("r1", frame.read(Reg.R1));
        return new Value.Scalar(0);
    }

    /** Calls `bpf_get_current_comm`: the rest of the buffer is zeroed. */
    private Value comm(Frame frame) {
        Arguments.Buffer buffer = arguments.buffer(frame, Reg.R1, Reg.R2);
        byte[] name = environment.task().comm().toArray();
        int length = Math.min(Math.min(name.length, COMM_LENGTH - 1), buffer.size() - 1);
        for (int index = 0; index < buffer.size(); index++) {
            buffer.put(index, index < length ? name[index] : 0);
        }
        return new Value.Scalar(0);
    }

    /**
     * Calls `bpf_sysctl_get_name`: the name with its NUL and its length, or -E2BIG and a prefix
     * with its NUL. Bytes after the NUL do not change; the kernel does not specify them.
     */
    private Value sysctlName(Frame frame) {
        ownContext(frame);
        Arguments.Buffer buffer = arguments.buffer(frame, Reg.R2, Reg.R3);
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

    /**
     * Calls `bpf_sysctl_get_current_value` and `bpf_sysctl_get_new_value`, by `copy_sysctl_value`.
     */
    private Value sysctlValue(Frame frame, Optional<Bytes> content) {
        ownContext(frame);
        Arguments.Buffer buffer = arguments.buffer(frame, Reg.R2, Reg.R3);
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

    /** Calls `bpf_sysctl_set_new_value`, which only replaces a value that is not empty. */
    private Value setSysctlValue(Frame frame) {
        ownContext(frame);
        long size = Arguments.number(frame, Reg.R3);
        if (size <= 0 || size > Integer.MAX_VALUE) {
            throw new TrapException("R3 invalid size " + size);
        }
        byte[] value = arguments.bytes(frame, Reg.R2, (int) size);
        if (sysctl().written().orElse(Bytes.EMPTY).size() == 0) {
            return new Value.Scalar(-Errno.EINVAL.number());
        } else if (size > MOST_VALUE) {
            return new Value.Scalar(-Errno.E2BIG.number());
        }
        done = done.withSysctl(Bytes.of(value));
        return new Value.Scalar(0);
    }

    /**
     * Calls `bpf_sock_ops_setsockopt`, for a full socket and an option that this kernel lets
     * programs set.
     */
    private Value setOption(Frame frame) {
        ownContext(frame);
        if (hook != Hook.SOCK_OPS) {
            throw new TrapException("setsockopt is modelled at sock_ops alone");
        }
        long size = Arguments.number(frame, Reg.R5);
        if (size <= 0 || size > Integer.MAX_VALUE) {
            throw new TrapException("R5 invalid size " + size);
        }
        byte[] value = arguments.bytes(frame, Reg.R4, (int) size);
        int level = (int) Arguments.number(frame, Reg.R2);
        int number = (int) Arguments.number(frame, Reg.R3);
        Optional<SettableOption> option = SettableOption.of(level, number)
                .filter(known -> environment.kernel().atLeast(known.since()))
                .filter(known -> known.isText() || value.length == Width.W.bytes());
        int full = hook.context().require("is_fullsock").offset();
        boolean there = Pointers.scalar("is_fullsock", context.load(full, Width.W)) != 0;
        if (!there || option.isEmpty()) {
            return new Value.Scalar(-Errno.EINVAL.number());
        }
        done = done.with(option.get(), Bytes.of(value));
        return new Value.Scalar(0);
    }

    private Sysctl sysctl() {
        return environment.sysctl().orElseThrow(() -> new IllegalArgumentException("the environment has no sysctl"));
    }

    /**
     * Calls `bpf_skb_load_bytes`: the bytes, or -EFAULT and zeros if the packet does not have them
     * all.
     */
    private Value loadBytes(Frame frame) {
        ownContext(frame);
        long offset = Pointers.scalar("r2", frame.read(Reg.R2)) & 0xffff_ffffL;
        Arguments.Buffer buffer = arguments.buffer(frame, Reg.R3, Reg.R4);
        Bytes packet = environment.packet();
        boolean there = offset <= MOST_OFFSET && offset + buffer.size() <= packet.size();
        for (int index = 0; index < buffer.size(); index++) {
            buffer.put(index, there ? packet.at((int) offset + index) : 0);
        }
        return new Value.Scalar(there ? 0 : -Errno.EFAULT.number());
    }

    /** Calls `bpf_probe_read_kernel`: the bytes, or -EFAULT and zeros. */
    private Value probeRead(Frame frame) {
        Arguments.Buffer buffer = arguments.buffer(frame, Reg.R1, Reg.R2);
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

    private void ownContext(Frame frame) {
        Value value = frame.read(Reg.R1);
        if (!value.equals(Value.to(context, 0))) {
            throw new TrapException("R1 type=%s expected=ctx".formatted(value));
        }
    }
}
