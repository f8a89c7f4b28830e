// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.MappedMemory;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * {@link Bpf} through {@code bpf(2)}. Attributes always have one full size with a zero tail: every
 * kernel accepts a tail of zeros ({@code bpf_check_uarg_tail_zero}), and newer ones write results
 * past a shorter attribute.
 */
public final class KernelBpf implements Bpf, AutoCloseable {
    private static final Path KERNEL_TYPES = Path.of("/sys/kernel/btf/vmlinux");
    private static final int ATTR_SIZE = 192;
    private static final int LOAD_ATTEMPTS = 30;
    private static final int FIRST_LOG = 1 << 16;
    private static final int LAST_LOG = 1 << 24;
    private static final int MOST_PROGRAMS = 1024;
    private static final int QUERY_EFFECTIVE = 1;
    private static final String TOO_LARGE =
            "a program can use 64 maps and a limited number of instructions: split the policy, or use fewer sets and"
                    + " counters";

    static final int MAP_CREATE = 0;
    private static final int MAP_LOOKUP_ELEM = 1;
    private static final int MAP_UPDATE_ELEM = 2;
    private static final int MAP_DELETE_ELEM = 3;
    private static final int MAP_GET_NEXT_KEY = 4;
    static final int PROG_LOAD = 5;
    private static final int OBJ_PIN = 6;
    private static final int OBJ_GET = 7;
    private static final int PROG_TEST_RUN = 10;
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int MAP_GET_FD_BY_ID = 14;
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int PROG_QUERY = 16;
    static final int BTF_LOAD = 18;
    static final int BTF_GET_FD_BY_ID = 19;
    private static final int MAP_FREEZE = 22;
    private static final int PROG_BIND_MAP = 35;
    private static final int LINK_CREATE = 28;
    private static final int BEFORE = 1 << 3;
    private static final int AFTER = 1 << 4;
    private static final int LINK = 1 << 13;
    private static final int LINK_UPDATE = 29;
    private static final int LINK_DETACH = 34;

    private final Syscalls syscalls;
    private final NativeArena arena;
    private final Creation creation;

    public KernelBpf(Syscalls syscalls) {
        this(syscalls, Optional.empty());
    }

    /** Creates it for a user who creates objects by a {@link Token}, opened at the first use. */
    public KernelBpf(Syscalls syscalls, Optional<Supplier<Fd>> token) {
        this.syscalls = syscalls;
        this.creation = new Creation(syscalls, token);
        this.arena = new NativeArena(syscalls);
    }

    @Override
    public Optional<byte[]> kernelTypes() {
        try {
            return Optional.of(Files.readAllBytes(KERNEL_TYPES));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + KERNEL_TYPES, e);
        }
    }

    @Override
    public synchronized Fd btfLoad(byte[] btf) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE);
            attr.putLong(0, frame.bytes(btf).address()).putInt(16, btf.length);
            long result = create(BTF_LOAD, attr);
            if (result < 0) {
                NativeBlock log = frame.zeros(FIRST_LOG);
                attr.putLong(8, log.address()).putInt(20, log.size()).putInt(24, 1);
                bpf(BTF_LOAD, attr);
                throw refused(
                        "load the type information",
                        result,
                        Optional.of(text(log, 0, log.size())),
                        "the type information is too large for this kernel");
            }
            return fd(result);
        }
    }

    @Override
    public synchronized Fd mapCreate(MapSpec spec) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE);
            attr.putInt(0, spec.type()).putInt(4, spec.keySize()).putInt(8, spec.valueSize());
            attr.putInt(12, spec.maxEntries()).putInt(16, spec.flags()).put(28, ObjectName.bytes(spec.name()));
            spec.inner().ifPresent(inner -> attr.putInt(20, inner.number()));
            spec.types()
                    .ifPresent(types -> attr.putInt(48, types.btf().number())
                            .putInt(52, types.key())
                            .putInt(56, types.value()));
            return fd(accepted(
                    "create the map `" + spec.name() + "`",
                    create(MAP_CREATE, attr),
                    "the map or its keys are too large for this kernel: declare a smaller `max`"));
        }
    }

    @Override
    public synchronized Optional<byte[]> mapLookup(Fd map, byte[] key, int valueSize) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock value = frame.zeros(valueSize);
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map.number());
            attr.putLong(8, frame.bytes(key).address()).putLong(16, value.address());
            long result = bpf(MAP_LOOKUP_ELEM, attr);
            if (result == -Errno.ENOENT.number()) {
                return Optional.empty();
            }
            accepted("read a map", result);
            return Optional.of(value.bytes(0, valueSize));
        }
    }

    @Override
    public synchronized Optional<byte[]> mapNextKey(Fd map, Optional<byte[]> key, int keySize) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock next = frame.zeros(keySize);
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map.number());
            attr.putLong(8, key.map(bytes -> frame.bytes(bytes).address()).orElse(0L))
                    .putLong(16, next.address());
            return found("iterate over a map", bpf(MAP_GET_NEXT_KEY, attr))
                    ? Optional.of(next.bytes(0, keySize))
                    : Optional.empty();
        }
    }

    @Override
    public synchronized boolean mapDelete(Fd map, byte[] key) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map.number());
            attr.putLong(8, frame.bytes(key).address());
            return found("change a map", bpf(MAP_DELETE_ELEM, attr));
        }
    }

    /** Returns false if the key does not exist. */
    private static boolean found(String tried, long result) {
        if (result == -Errno.ENOENT.number()) {
            return false;
        }
        accepted(tried, result);
        return true;
    }

    private Fd byId(int command, String what, int id) {
        try (NativeArena.Frame frame = arena.frame()) {
            long result = bpf(command, frame.zeros(ATTR_SIZE).putInt(0, id));
            return fd(accepted("open " + what + " with id " + id, result));
        }
    }

    @Override
    public synchronized Fd mapById(int id) {
        return byId(MAP_GET_FD_BY_ID, "the map", id);
    }

    @Override
    public synchronized Fd openBtf(int id) {
        if (creation.byToken()) {
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, id);
                long opened = creation.make(BTF_GET_FD_BY_ID, attr, command -> bpf(command, attr));
                if (opened != -Errno.EINVAL.number()) {
                    return fd(accepted("open the types with id " + id, opened));
                }
            }
        }
        return byId(BTF_GET_FD_BY_ID, "the types", id);
    }

    @Override
    public synchronized byte[] btfBytes(Fd btf) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(64);
            info(frame, btf, info);
            int size = info.intAt(8);
            NativeBlock bytes = frame.zeros(size);
            info.clear();
            info(frame, btf, info.putLong(0, bytes.address()).putInt(8, size));
            return bytes.bytes(0, size);
        }
    }

    @Override
    public int possibleCpus() {
        return PossibleCpus.ofThisMachine();
    }

    @Override
    public RingMemory mapRing(Fd ring, int size) {
        return new MappedRing(syscalls, ring, size);
    }

    @Override
    public synchronized void mapUpdate(Fd map, byte[] key, byte[] value) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, map.number());
            attr.putLong(8, frame.bytes(key).address())
                    .putLong(16, frame.bytes(value).address());
            accepted(
                    "change a map",
                    bpf(MAP_UPDATE_ELEM, attr),
                    "the map has no room for another entry: remove some, or declare a larger `max`");
        }
    }

    @Override
    public synchronized boolean mapUpdateBatch(Fd map, byte[] keys, byte[] values, int count) {
        return new MapBatches(arena, this::bpf, ATTR_SIZE).update(map, keys, values, count);
    }

    @Override
    public synchronized boolean mapReadBatch(Fd map, int keySize, int valueSize, EntryReader reader) {
        return new MapBatches(arena, this::bpf, ATTR_SIZE).read(map, keySize, valueSize, reader);
    }

    @Override
    public synchronized void mapFreeze(Fd map) {
        try (NativeArena.Frame frame = arena.frame()) {
            accepted("freeze a map", bpf(MAP_FREEZE, frame.zeros(ATTR_SIZE).putInt(0, map.number())));
        }
    }

    @Override
    public synchronized void progBindMap(Fd prog, Fd map) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, prog.number()).putInt(4, map.number());
            accepted("bind a map to a program", bpf(PROG_BIND_MAP, attr));
        }
    }

    @Override
    public SharedArray mapShared(Fd map, int size) {
        MappedMemory memory = MappedMemory.of(syscalls, map, 0, size, true);
        return new MappedArray(memory);
    }

    @Override
    public synchronized Fd progLoad(ProgSpec spec) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = attributes(frame, spec);
            long result = load(attr);
            if (result < 0) {
                Optional<String> log = explain(attr);
                throw refused("load the program `" + spec.name() + "`", result, log, TOO_LARGE);
            }
            return fd(result);
        }
    }

    /**
     * Loads a program and closes it at once, to determine whether a kernel accepts it. Does not
     * load it a second time for the verifier's log. Returns the error; empty if the kernel accepts
     * the program.
     */
    public synchronized Optional<ErrorNumber> progRefusal(ProgSpec spec) {
        try (NativeArena.Frame frame = arena.frame()) {
            long result = load(attributes(frame, spec));
            if (result < 0) {
                return Optional.of(new ErrorNumber(Math.toIntExact(-result)));
            }
            fd(result).close();
            return Optional.empty();
        }
    }

    @Override
    public synchronized int progRun(Fd prog) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, prog.number());
            accepted("run a program", bpf(PROG_TEST_RUN, attr));
            return attr.intAt(4);
        }
    }

    @Override
    public synchronized byte[] iterate(Fd prog) {
        return new Iteration(arena, syscalls, ATTR_SIZE).run(prog);
    }

    private static NativeBlock attributes(NativeArena.Frame frame, ProgSpec spec) {
        byte[] insns = spec.insns().toArray();
        NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, spec.type()).putInt(4, insns.length / 8);
        attr.putLong(8, frame.bytes(insns).address())
                .putLong(16, frame.text(spec.license()).address());
        attr.putInt(44, spec.flags()).put(48, ObjectName.bytes(spec.name())).putInt(68, spec.attachType());
        attr.putInt(108, spec.attachFunction());
        spec.debug().ifPresent(debug -> {
            attr.putInt(72, debug.btf().number());
            attr.putInt(76, debug.funcRecordSize()).putLong(80, address(frame, debug.funcs()));
            attr.putInt(88, debug.funcs().size() / debug.funcRecordSize());
            attr.putInt(92, debug.lineRecordSize()).putLong(96, address(frame, debug.lines()));
            attr.putInt(104, debug.lines().size() / debug.lineRecordSize());
        });
        return attr;
    }

    /**
     * Loads a program, again on EAGAIN: the verifier gives up if a signal is pending
     * ({@code do_check}), and the same load succeeds later.
     */
    private long load(NativeBlock attr) {
        long result = create(PROG_LOAD, attr);
        for (int attempt = 1; attempt < LOAD_ATTEMPTS && result == -Errno.EAGAIN.number(); attempt++) {
            result = bpf(PROG_LOAD, attr);
        }
        return result;
    }

    /**
     * Loads again to obtain the log. The first load has no log buffer: one that is too small fails
     * a valid program with ENOSPC.
     */
    private Optional<String> explain(NativeBlock attr) {
        for (int size = FIRST_LOG; size <= LAST_LOG; size *= 16) {
            try (NativeArena.Frame frame = arena.frame()) {
                NativeBlock log = frame.zeros(size);
                attr.putInt(24, 1).putInt(28, size).putLong(32, log.address());
                long result = load(attr);
                if (result >= 0) {
                    fd(result).close();
                    return Optional.empty();
                }
                if (result != -Errno.ENOSPC.number()) {
                    return Optional.of(text(log, 0, size)).filter(text -> !text.isBlank());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public synchronized Fd linkCreate(Fd prog, Fd cgroup, int attachType, Optional<Anchor> anchor, long revision) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, prog.number()).putInt(4, cgroup.number());
            attr.putInt(8, attachType).putLong(24, revision);
            anchor.ifPresent(next -> attr.putInt(12, LINK | (next.after() ? AFTER : BEFORE))
                    .putInt(16, next.link().number()));
            return fd(accepted(
                    "attach a program",
                    bpf(LINK_CREATE, attr),
                    "a hook of a cgroup can have 64 programs: detach some; bpftool cgroup show lists them"));
        }
    }

    @Override
    public synchronized void linkDetach(Fd link) {
        try (NativeArena.Frame frame = arena.frame()) {
            long result = bpf(LINK_DETACH, frame.zeros(ATTR_SIZE).putInt(0, link.number()));
            accepted("detach a program", result);
        }
    }

    @Override
    public synchronized void linkUpdate(Fd link, Fd prog) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, link.number()).putInt(4, prog.number());
            accepted("replace the program of a link", bpf(LINK_UPDATE, attr));
        }
    }

    @Override
    public synchronized void objPin(Fd object, Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE)
                    .putLong(0, frame.text(path.toString()).address());
            accepted("pin `" + path + "`", bpf(OBJ_PIN, attr.putInt(8, object.number())));
        }
    }

    @Override
    public synchronized Fd objGet(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE)
                    .putLong(0, frame.text(path.toString()).address());
            return fd(accepted("open the pin `" + path + "`", bpf(OBJ_GET, attr)));
        }
    }

    @Override
    public Attached progQuery(Fd cgroup, int attachType) {
        return query(cgroup, attachType, 0);
    }

    @Override
    public Attached progQueryEffective(Fd cgroup, int attachType) {
        return query(cgroup, attachType, QUERY_EFFECTIVE);
    }

    private synchronized Attached query(Fd cgroup, int attachType, int flags) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock ids = frame.zeros(4 * MOST_PROGRAMS);
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, cgroup.number()).putInt(4, attachType);
            attr.putInt(8, flags).putLong(16, ids.address()).putInt(24, MOST_PROGRAMS);
            long result = bpf(PROG_QUERY, attr);
            if (result == -Errno.EPERM.number() && creation.byToken()) {
                return Attached.HIDDEN;
            }
            accepted("query the programs of a cgroup", result);
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < attr.intAt(24); i++) {
                found.add(ids.intAt(4 * i));
            }
            return new Attached(attr.intAt(12), found, attr.longAt(56));
        }
    }

    @Override
    public synchronized Fd progById(int id) {
        return byId(PROG_GET_FD_BY_ID, "the program", id);
    }

    @Override
    public synchronized ProgInfo progInfo(Fd prog) {
        return progInfo(prog, UsedMaps.MOST);
    }

    private ProgInfo progInfo(Fd prog, int most) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock maps = frame.zeros(4 * most);
            NativeBlock info = frame.zeros(256).putInt(52, most).putLong(56, maps.address());
            info(frame, prog, info);
            if (info.intAt(52) > most) {
                // Any number of maps can be bound to a program.
                return progInfo(prog, info.intAt(52));
            }
            List<Integer> mapIds = new ArrayList<>();
            for (int i = 0; i < info.intAt(52); i++) {
                mapIds.add(maps.intAt(4 * i));
            }
            String tag = HexFormat.of().formatHex(info.bytes(8, 8));
            int walked = info.intAt(216);
            OptionalInt processed = walked == 0 ? OptionalInt.empty() : OptionalInt.of(walked);
            return new ProgInfo(
                    info.intAt(0),
                    info.intAt(4),
                    tag,
                    text(info, 64, 16),
                    mapIds,
                    processed,
                    info.longAt(192),
                    info.longAt(200));
        }
    }

    @Override
    public synchronized byte[] progCode(Fd prog) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(256);
            info(frame, prog, info);
            int size = info.intAt(20);
            if (size == 0) {
                return new byte[0];
            }
            NativeBlock code = frame.zeros(size);
            info.clear();
            info(frame, prog, info.putInt(20, size).putLong(32, code.address()));
            // The kernel clears the pointer if it hides the code.
            return info.longAt(32) == 0 ? new byte[0] : code.bytes(0, Math.min(size, info.intAt(20)));
        }
    }

    @Override
    public synchronized LinkInfo linkInfo(Fd link) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(128);
            info(frame, link, info);
            return new LinkInfo(info.intAt(4), info.intAt(8), info.longAt(16), info.intAt(24));
        }
    }

    @Override
    public synchronized MapInfo mapInfo(Fd map) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(128);
            info(frame, map, info);
            return new MapInfo(
                    info.intAt(0),
                    info.intAt(4),
                    info.intAt(8),
                    info.intAt(12),
                    info.intAt(16),
                    info.intAt(20),
                    text(info, 24, 16),
                    info.intAt(64),
                    info.intAt(68),
                    info.intAt(72));
        }
    }

    @Override
    public void barrier() {
        try (Fd inner = mapCreate(MapSpec.array("ringwall_inner", 8, 1, 0));
                Fd outer = mapCreate(new MapSpec(
                        "ringwall_wait", MapSpec.ARRAY_OF_MAPS, 4, 4, 1, 0, Optional.empty(), Optional.of(inner)))) {
            byte[] number = java.nio.ByteBuffer.allocate(4)
                    .order(java.nio.ByteOrder.nativeOrder())
                    .putInt(inner.number())
                    .array();
            mapUpdate(outer, new byte[4], number);
        }
    }

    @Override
    public synchronized void close() {
        creation.close();
        arena.close();
    }

    private void info(NativeArena.Frame frame, Fd object, NativeBlock info) {
        NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(0, object.number()).putInt(4, info.size());
        accepted("describe an object", bpf(OBJ_GET_INFO_BY_FD, attr.putLong(8, info.address())));
    }

    private long bpf(int command, NativeBlock attr) {
        return syscalls.call(Call.BPF, command, attr.address(), ATTR_SIZE, 0, 0, 0);
    }

    private long create(int command, NativeBlock attr) {
        return creation.make(command, attr, number -> bpf(number, attr));
    }

    private Fd fd(long result) {
        return Fd.of(syscalls, Math.toIntExact(result));
    }

    private static long accepted(String tried, long result) {
        return accepted(tried, result, "a part of it is too large for this kernel");
    }

    private static long accepted(String tried, long result, String tooMuch) {
        if (result < 0) {
            throw refused(tried, result, Optional.empty(), tooMuch);
        }
        return result;
    }

    private static KernelRefusedException refused(String tried, long result, Optional<String> log, String tooMuch) {
        return new KernelRefusedException(
                tried, new ErrorNumber(Math.toIntExact(-result)), log.map(VerifierLog::new), Optional.of(tooMuch));
    }

    private static long address(NativeArena.Frame frame, Bytes bytes) {
        return bytes.size() == 0 ? 0 : frame.bytes(bytes.toArray()).address();
    }

    private static String text(NativeBlock block, int offset, int length) {
        byte[] bytes = block.bytes(offset, length);
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
