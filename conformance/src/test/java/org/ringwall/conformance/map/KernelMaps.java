// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.map;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.machine.Address;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.map.BpfMap;
import org.ringwall.machine.map.Maps;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * Maps in the running kernel that have the same specifications and names as those of the machine.
 */
public final class KernelMaps implements AutoCloseable {
    private static final int ATTR_SIZE = 192;
    private static final int LOOKUP = 1;
    private static final int UPDATE = 2;
    private static final int DELETE = 3;
    private static final int NEXT_KEY = 4;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, Fd> maps = new HashMap<>();
    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final KernelBpf bpf = new KernelBpf(syscalls);
    private final NativeArena arena = new NativeArena(syscalls);

    /** Creates the maps. `types` contains the BTF types to which their specifications refer. */
    public KernelMaps(Maps like, Btf types) {
        opened.add(bpf);
        opened.add(arena);
        try {
            Optional<Fd> btf = Optional.empty();
            if (!types.types().isEmpty()) {
                Fd loaded = opened(bpf.btfLoad(BtfWriter.write(types, ByteOrder.nativeOrder())));
                btf = Optional.of(loaded);
            }
            for (Map.Entry<String, BpfMap> map : like.byName().entrySet()) {
                maps.put(map.getKey(), create(map.getValue().spec(), btf));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Returns the number of CPUs for which a per-CPU map has values, from the text of
     * `/sys/devices/system/cpu/possible`: `0-N`.
     */
    public static int cpus(String possible) {
        return Integer.parseInt(possible.strip().replaceFirst("^.*[-,]", "")) + 1;
    }

    private Fd create(MapSpec spec, Optional<Fd> btf) {
        Optional<Fd> inner = spec.inner().map(like -> create(like, btf));
        Optional<org.ringwall.loader.bpf.MapSpec.Types> types = spec.valueType().isPresent()
                ? btf.map(fd -> new org.ringwall.loader.bpf.MapSpec.Types(
                        fd, spec.keyType().orElse(0), spec.valueType().getAsInt()))
                : Optional.empty();
        String name = spec.name().replace('.', '_');
        return opened(bpf.mapCreate(new org.ringwall.loader.bpf.MapSpec(
                name,
                spec.type().number(),
                spec.keySize(),
                spec.valueSize(),
                spec.maxEntries(),
                spec.flags(),
                types,
                inner)));
    }

    private Fd opened(Fd fd) {
        opened.add(0, fd);
        return fd;
    }

    /** Creates a map with this specification that has no name here. */
    public Fd another(MapSpec spec) {
        return create(spec, Optional.empty());
    }

    public Fd map(String name) {
        return Optional.ofNullable(maps.get(name))
                .orElseThrow(() -> new IllegalArgumentException("no map `" + name + "`"));
    }

    /** Calls BPF_MAP_LOOKUP_ELEM for a value of `size` bytes. */
    public Optional<byte[]> lookup(String name, byte[] key, int size) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.zeros(size);
            Optional<Errno> refused = call(frame, LOOKUP, map(name), key, value, 0);
            return refused.isEmpty() ? Optional.of(value.bytes(0, size)) : Optional.empty();
        }
    }

    /** Calls BPF_MAP_UPDATE_ELEM. Returns empty on success. */
    public Optional<Errno> update(String name, byte[] key, byte[] value, long flags) {
        return update(map(name), key, value, flags);
    }

    /** Calls BPF_MAP_UPDATE_ELEM for a map without a name. Returns empty on success. */
    public Optional<Errno> update(Fd map, byte[] key, byte[] value, long flags) {
        try (NativeArena.Frame frame = arena.frame()) {
            return call(frame, UPDATE, map, key, frame.bytes(value), flags);
        }
    }

    /** Stores a map in an element of a map of maps. Returns empty on success. */
    public Optional<Errno> put(String name, byte[] key, Fd inner) {
        byte[] number = ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(inner.number())
                .array();
        return update(name, key, number, 0);
    }

    /** Calls BPF_MAP_DELETE_ELEM. Returns empty on success. */
    public Optional<Errno> delete(String name, byte[] key) {
        try (NativeArena.Frame frame = arena.frame()) {
            return call(frame, DELETE, map(name), key, frame.zeros(8), 0);
        }
    }

    /** Returns all elements, with values of `valueSize` bytes. */
    public Map<Bytes, Bytes> entries(String name, int keySize, int valueSize) {
        Map<Bytes, Bytes> all = new HashMap<>();
        Optional<byte[]> key = next(name, Optional.empty(), keySize);
        while (key.isPresent()) {
            byte[] value = lookup(name, key.get(), valueSize).orElseThrow();
            all.put(Bytes.of(key.get()), Bytes.of(value));
            key = next(name, key, keySize);
        }
        return all;
    }

    private Optional<byte[]> next(String name, Optional<byte[]> key, int size) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock next = frame.zeros(size);
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map(name).number());
            attr.putLong(8, key.map(bytes -> frame.bytes(bytes).address()).orElse(0L));
            long result = bpf(NEXT_KEY, attr.putLong(16, next.address()));
            return result == 0 ? Optional.of(next.bytes(0, size)) : Optional.empty();
        }
    }

    private Optional<Errno> call(
            NativeArena.Frame frame, int command, Fd map, byte[] key, NativeBlock value, long flags) {
        NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map.number());
        attr.putLong(8, frame.bytes(key).address());
        if (command != DELETE) {
            attr.putLong(16, value.address()).putLong(24, flags);
        }
        long result = bpf(command, attr);
        return result >= 0
                ? Optional.empty()
                : Optional.of(Errno.of((int) -result).orElseThrow());
    }

    private long bpf(int command, NativeBlock attr) {
        return syscalls.call(Call.BPF, command, attr.address(), ATTR_SIZE, 0, 0, 0);
    }

    /**
     * Returns the program for a hook, with these maps in place of its own, as the loader would pass
     * it to the kernel.
     */
    public ProgSpec spec(LoadedProgram program, Hook hook) {
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            Address address = program.addresses().get(slot);
            insns.add(address != null && insn instanceof Insn.LoadImm64 load ? resolved(load, address) : insn);
            slot += insn.slots();
        }
        Bytes code = Bytes.of(InsnCodec.encode(insns, ByteOrder.nativeOrder()));
        return ProgSpec.plain("maps", hook.programType().number(), hook.attachType(), code);
    }

    private Insn resolved(Insn.LoadImm64 load, Address address) {
        return new Insn.LoadImm64(
                Insn.Pseudo.MAP_FD, load.dst(), map(address.symbol()).number());
    }

    /** Loads a program for a hook. */
    public Fd load(LoadedProgram program, Hook hook) {
        return opened(bpf.progLoad(spec(program, hook)));
    }

    /** Returns `bpf(2)` as these maps use it. */
    public KernelBpf bpf() {
        return bpf;
    }

    @Override
    public void close() {
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        opened.clear();
    }
}
