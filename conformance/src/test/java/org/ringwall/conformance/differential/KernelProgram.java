// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.btf.BtfWriter;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.PacketRunner;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.bpf.TestRunner;
import org.ringwall.machine.Address;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.MapSymbol;
import org.ringwall.machine.Segment;
import org.ringwall.machine.Symbol;
import org.ringwall.machine.map.SocketStorage;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * A program of the machine loaded into the running kernel with the same instructions, as
 * BPF_PROG_TYPE_SYSCALL. That type accepts any bytes as its context, returns any r0, and runs
 * without a cgroup. It has no helpers of cgroup hooks.
 */
public final class KernelProgram implements AutoCloseable {
    private static final byte[] FIRST_KEY = new byte[4];

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, Fd> segments = new HashMap<>();
    private final Map<String, Fd> storages = new HashMap<>();
    private final KernelBpf bpf;
    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final Fd program;
    private Optional<TestRunner> runner = Optional.empty();

    private KernelProgram(LoadedProgram loaded, ProgramKind kind) {
        this.bpf = new KernelBpf(syscalls);
        opened.add(bpf);
        try {
            loaded.symbols().values().forEach(this::create);
            Bytes code = Bytes.of(InsnCodec.encode(resolved(loaded), ByteOrder.nativeOrder()));
            this.program = bpf.progLoad(kind.spec(code));
            opened.add(0, this.program);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The program type, as a function from the code to the arguments of BPF_PROG_LOAD. */
    @FunctionalInterface
    private interface ProgramKind {
        ProgSpec spec(Bytes code);
    }

    /** Loads a program through the verifier, with a context of `contextSize` bytes. */
    public static KernelProgram load(LoadedProgram program, int contextSize) {
        KernelProgram loaded = new KernelProgram(
                program,
                code -> new ProgSpec(
                        "differential", ProgSpec.TYPE_SYSCALL, 0, ProgSpec.SLEEPABLE, code, "GPL", Optional.empty()));
        TestRunner runner = TestRunner.ofContext(loaded.syscalls, loaded.program, contextSize);
        loaded.opened.add(0, runner);
        loaded.runner = Optional.of(runner);
        return loaded;
    }

    /** Loads a program for packets under its own type, to be run with {@link #packets}. */
    public static KernelProgram ofPackets(LoadedProgram program, Hook hook) {
        return new KernelProgram(
                program, code -> ProgSpec.plain("packets", hook.programType().number(), hook.attachType(), code));
    }

    /** Creates a runner of packets for this program. It must be closed before the program. */
    public PacketRunner packets() {
        return new PacketRunner(syscalls, program);
    }

    private void create(Symbol symbol) {
        if (symbol instanceof MapSymbol map && map.map() instanceof SocketStorage storage) {
            create(storage);
            return;
        }
        if (!(symbol instanceof Segment segment)) {
            throw new IllegalArgumentException("`" + symbol.name() + "` is not a data section");
        }
        byte[] content = segment.content();
        int flags = segment.readOnly() ? MapSpec.READ_ONLY_FOR_PROGRAMS : 0;
        Fd map = bpf.mapCreate(MapSpec.array(segment.name(), content.length, 1, flags));
        opened.add(0, map);
        segments.put(segment.name(), map);
        bpf.mapUpdate(map, FIRST_KEY, content);
        if (segment.readOnly()) {
            bpf.mapFreeze(map);
        }
    }

    /**
     * Creates a socket storage map. Local storage needs BTF types
     * (bpf_local_storage_map_alloc_check).
     */
    private void create(SocketStorage storage) {
        BtfBuilder types = new BtfBuilder();
        int key = types.integer("int", BtfType.Encoding.SIGNED, Integer.BYTES);
        int value = types.array(
                types.integer("char", BtfType.Encoding.SIGNED, 1),
                storage.spec().valueSize());
        Fd btf = bpf.btfLoad(BtfWriter.write(types.build(), ByteOrder.nativeOrder()));
        opened.add(0, btf);
        int flags = MapFlag.NO_PREALLOC.bit() | MapFlag.CLONE.bit();
        MapSpec spec = new MapSpec(
                storage.name(),
                MapType.SK_STORAGE.number(),
                Integer.BYTES,
                storage.spec().valueSize(),
                0,
                flags,
                Optional.of(new MapSpec.Types(btf, key, value)),
                Optional.empty());
        Fd map = bpf.mapCreate(spec);
        opened.add(0, map);
        storages.put(storage.name(), map);
    }

    private Fd segment(String name) {
        Fd map = segments.get(name);
        if (map == null) {
            throw new IllegalArgumentException("no data section `" + name + "`");
        }
        return map;
    }

    private List<Insn> resolved(LoadedProgram program) {
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            Address address = program.addresses().get(slot);
            insns.add(address != null && insn instanceof Insn.LoadImm64 load ? resolved(load, address) : insn);
            slot += insn.slots();
        }
        return insns;
    }

    private Insn resolved(Insn.LoadImm64 load, Address address) {
        Fd storage = storages.get(address.symbol());
        if (storage != null) {
            return new Insn.LoadImm64(Insn.Pseudo.MAP_FD, load.dst(), storage.number());
        }
        long fd = segment(address.symbol()).number();
        return new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, load.dst(), (long) address.addend() << 32 | fd);
    }

    /** Writes the contents of a data section. */
    public void write(String segment, byte[] content) {
        bpf.mapUpdate(segment(segment), FIRST_KEY, content);
    }

    /** Returns the current contents of a data section. */
    public byte[] read(String segment, int size) {
        return bpf.mapLookup(segment(segment), FIRST_KEY, size)
                .orElseThrow(() -> new IllegalStateException("an array has its first element"));
    }

    /** Runs the program and returns the low 32 bits of r0. */
    public int run(byte[] context) {
        return runner.orElseThrow(() -> new IllegalStateException("a program about packets"))
                .run(context);
    }

    /** Returns the context as the last run left it. */
    public byte[] context() {
        return runner.orElseThrow(() -> new IllegalStateException("a program about packets"))
                .context();
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
