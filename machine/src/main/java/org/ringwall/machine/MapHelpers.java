// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.kernel.StorageFlag;
import org.ringwall.bpf.kernel.UpdateFlag;
import org.ringwall.machine.map.BpfMap;
import org.ringwall.machine.map.Cell;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapOfMaps;
import org.ringwall.machine.map.SocketStorage;

/** The helpers of maps whose elements have values, and of the locks in these. */
final class MapHelpers {

    private static final Value NULL = new Value.Scalar(0);

    private final Memory memory;
    private final Hook hook;
    private final Environment environment;
    private final Region context;
    private final Pointers pointers;
    private final Arguments arguments;
    private final Held held;
    /** One region for each value, however often it is looked up. */
    private final Map<Cell, DataRegion> regions = new IdentityHashMap<>();

    /** The storages of this run that replace shared ones. */
    private final Map<SocketStorage, SocketStorage> own;

    MapHelpers(
            Memory memory,
            Hook hook,
            Environment environment,
            Region context,
            Pointers pointers,
            Held held,
            Map<SocketStorage, SocketStorage> own) {
        this.memory = memory;
        this.hook = hook;
        this.environment = environment;
        this.context = context;
        this.pointers = pointers;
        this.arguments = new Arguments(pointers);
        this.held = held;
        this.own = own;
    }

    /** Returns whether the call waits for a lock that another run holds. */
    boolean waits(Helper helper, Frame frame) {
        if (helper == Helper.SPIN_LOCK) {
            return frame.read(Reg.R1) instanceof Value.Pointer pointer
                    && pointer.region() instanceof DataRegion data
                    && data.cell().filter(held::elsewhere).isPresent();
        }
        if (helper == Helper.MAP_UPDATE_ELEM && UpdateFlag.LOCK.in(Arguments.number(frame, Reg.R4))) {
            KeyedMap map = keyed(frame, helper);
            return map.holder(arguments.bytes(frame, Reg.R2, map.spec().keySize()))
                    .filter(holder -> holder != held)
                    .isPresent();
        }
        return false;
    }

    /** Calls `bpf_map_lookup_elem`. */
    Value lookup(Frame frame) {
        BpfMap map = map(frame, Reg.R1);
        if (map instanceof MapOfMaps outer) {
            return outer.find(key(frame, outer.spec().keySize()))
                    .map(inner -> (Value) pointers.found(new OpaqueRegion(inner.name(), Optional.of(inner))))
                    .orElse(NULL);
        }
        KeyedMap keyed = keyed(frame, Helper.MAP_LOOKUP_ELEM);
        return found(keyed, keyed.find(key(frame, keyed.spec().keySize()), environment.cpu()));
    }

    /** Calls `bpf_map_lookup_percpu_elem`: null for a CPU that does not exist. */
    Value lookupPerCpu(Frame frame) {
        KeyedMap map = keyed(frame, Helper.MAP_LOOKUP_PERCPU_ELEM);
        if (!map.perCpu()) {
            throw cannotPass(map, Helper.MAP_LOOKUP_PERCPU_ELEM);
        }
        byte[] key = key(frame, map.spec().keySize());
        int cpu = (int) Arguments.number(frame, Reg.R3);
        boolean there = Integer.compareUnsigned(cpu, map.host().cpus()) < 0;
        return there ? found(map, map.find(key, cpu)) : NULL;
    }

    /** Calls `bpf_map_update_elem`. */
    Value update(Frame frame) {
        KeyedMap map = keyed(frame, Helper.MAP_UPDATE_ELEM);
        forbidIfReadOnly(map);
        byte[] key = key(frame, map.spec().keySize());
        byte[] value = arguments.bytes(frame, Reg.R3, map.spec().valueSize());
        return result(map.update(key, value, Arguments.number(frame, Reg.R4), environment.cpu()));
    }

    /** Calls `bpf_map_delete_elem`. */
    Value delete(Frame frame) {
        KeyedMap map = keyed(frame, Helper.MAP_DELETE_ELEM);
        forbidIfReadOnly(map);
        return result(map.delete(key(frame, map.spec().keySize())));
    }

    /**
     * Calls `bpf_sk_storage_get`, which takes the context at the hooks of a `struct bpf_sock`
     * (`bpf_sk_storage_get_cg_sock_proto`) and a socket elsewhere. The result is the socket's
     * value, a new value if requested and there is room, or null.
     */
    Value storage(Frame frame) {
        SocketStorage storage = storage(frame, Helper.SK_STORAGE_GET);
        byte[] begin = new byte[storage.spec().valueSize()];
        if (!frame.read(Reg.R3).equals(NULL)) {
            begin = arguments.bytes(frame, Reg.R3, begin.length);
        }
        long flags = Arguments.number(frame, Reg.R4);
        if (Long.compareUnsigned(flags, StorageFlag.CREATE.bit()) > 0) {
            return NULL;
        }
        long cookie = environment.task().socket();
        return found(storage, flags == StorageFlag.CREATE.bit() ? storage.create(cookie, begin) : storage.find(cookie));
    }

    /** Calls `bpf_sk_storage_delete`. */
    Value deleteStorage(Frame frame) {
        boolean carried = storage(frame, Helper.SK_STORAGE_DELETE)
                .remove(environment.task().socket());
        return result(carried ? Optional.empty() : Optional.of(Errno.ENOENT));
    }

    /** Calls `bpf_skc_to_mptcp_sock`: no socket of the model is a subflow of MPTCP. */
    Value mptcp(Frame frame) {
        socketInR1(frame);
        return NULL;
    }

    /** Calls `bpf_skc_to_tcp_sock`: every socket of the model that a program sees there is one. */
    Value tcp(Frame frame) {
        socketInR1(frame);
        return pointers.found(KernelObject.tcpSocket(environment.tcp()));
    }

    private void socketInR1(Frame frame) {
        if (!(pointers.usable(frame.read(Reg.R1)).region() instanceof SocketRegion)) {
            throw new TrapException("R1 type=%s expected=sock_common".formatted(frame.read(Reg.R1)));
        }
    }

    private SocketStorage storage(Frame frame, Helper helper) {
        if (!(map(frame, Reg.R1) instanceof SocketStorage storage)) {
            throw cannotPass(map(frame, Reg.R1), helper);
        }
        Value socket = frame.read(Reg.R2);
        if (hook.context() == ContextStruct.SOCK) {
            if (!socket.equals(Value.to(context, 0))) {
                throw new TrapException("R2 type=%s expected=ctx".formatted(socket));
            }
        } else if (!(pointers.usable(socket).region() instanceof SocketRegion)) {
            throw new TrapException("R2 type=%s expected=sock".formatted(socket));
        }
        return own.getOrDefault(storage, storage);
    }

    /** Calls `bpf_spin_lock`. */
    void lock(Frame frame) {
        Cell cell = locked(frame);
        held.lock(cell, ((Value.Pointer) frame.read(Reg.R1)).lookup());
    }

    /** Calls `bpf_spin_unlock`. */
    void unlock(Frame frame) {
        Cell cell = locked(frame);
        held.unlock(cell, ((Value.Pointer) frame.read(Reg.R1)).lookup());
    }

    /**
     * Returns the value to whose lock r1 points, which must be exactly at the offset in its type.
     */
    private Cell locked(Frame frame) {
        Value.Pointer pointer = pointers.usable(frame.read(Reg.R1));
        Optional<Cell> cell = pointer.region() instanceof DataRegion data ? data.cell() : Optional.empty();
        Cell value = cell.orElseThrow(() -> new TrapException("R1 type=%s expected=map_value".formatted(pointer)));
        OptionalInt lock = value.lock();
        if (lock.isEmpty()) {
            throw new TrapException("map of %s has no valid bpf_spin_lock".formatted(pointer));
        }
        if (pointer.offset() != lock.getAsInt()) {
            throw new TrapException("off %d doesn't point to 'struct bpf_spin_lock' that is at %d"
                    .formatted(pointer.offset(), lock.getAsInt()));
        }
        return value;
    }

    private Value found(BpfMap map, Optional<Cell> found) {
        return found.map(cell ->
                        regions.computeIfAbsent(cell, value -> DataRegion.of(memory, map.name(), readOnly(map), value)))
                .map(region -> (Value) pointers.found(region))
                .orElse(NULL);
    }

    private byte[] key(Frame frame, int size) {
        return arguments.bytes(frame, Reg.R2, size);
    }

    private KeyedMap keyed(Frame frame, Helper helper) {
        BpfMap map = map(frame, Reg.R1);
        if (map instanceof KeyedMap keyed) {
            return keyed;
        }
        throw cannotPass(map, helper);
    }

    /** Returns the trap of `check_map_func_compatibility`. */
    static TrapException cannotPass(BpfMap map, Helper helper) {
        return new TrapException("cannot pass map_type %d into func bpf_%s#%d"
                .formatted(map.spec().type().number(), helper.kernelName(), helper.id()));
    }

    private BpfMap map(Frame frame, Reg reg) {
        return map(frame, reg, pointers);
    }

    /**
     * Returns the map to which a register points; one that a lookup returned must have been
     * compared with 0.
     */
    static BpfMap map(Frame frame, Reg reg, Pointers pointers) {
        Value value = frame.read(reg);
        if (value instanceof Value.Pointer pointer
                && pointer.region() instanceof OpaqueRegion object
                && object.map().isPresent()) {
            pointers.usable(pointer);
            return object.map().get();
        }
        throw new TrapException("R%d type=%s expected=map_ptr".formatted(reg.number(), value));
    }

    private static boolean readOnly(BpfMap map) {
        return (map.spec().flags() & MapFlag.RDONLY_PROG.bit()) != 0;
    }

    private static void forbidIfReadOnly(BpfMap map) {
        if (readOnly(map)) {
            throw new TrapException("write into map `" + map.name() + "` forbidden");
        }
    }

    private static Value result(Optional<Errno> errno) {
        return new Value.Scalar(errno.map(error -> -error.number()).orElse(0));
    }
}
