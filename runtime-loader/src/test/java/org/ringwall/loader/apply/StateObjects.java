// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.bpf.state.TableText;
import org.ringwall.loader.object.PolicyObject;

/**
 * Hand-written objects with state. At connect4, a destination in the live set `blocked` is denied,
 * the counter `tries` counts by `remote.port`, and a denial is logged as rule 0. Other state is
 * only declared.
 */
public final class StateObjects {
    /** The counter that the program updates. */
    public static final String COUNTER = "tries";

    /** The live set that the program tests. */
    public static final String LIVE = "blocked";

    private static final int KEY = -4;
    private static final int INDEX = -8;
    private static final int NET = -32;
    private static final int COUNTS = -48;
    private static final int MONITORED = -56;
    private static final int EVENT_SIZE = EventLayout.size(EventKind.SOCKET);

    private final String policy;
    private final List<MapDeclaration> maps = new ArrayList<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private Optional<CounterLayout> counter = Optional.empty();
    private Optional<LiveType> live = Optional.empty();
    private boolean logs;

    private StateObjects(String policy) {
        this.policy = policy;
    }

    public static StateObjects of(String policy) {
        return new StateObjects(policy);
    }

    /** Returns an object with state of every kind, as shown in docs/host.md. */
    public static StateObjects web() {
        KeyLayout address = new KeyLayout("table_to", List.of(new KeyLayout.Part("remote.ip", KeyLayout.Kind.ADDRESS)));
        KeyLayout port =
                new KeyLayout("counter_tries", List.of(new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER)));
        List<CounterLayout.Column> columns = List.of(
                new CounterLayout.Column("tries", CounterUnit.ATTEMPTS),
                new CounterLayout.Column("last", CounterUnit.TIME));
        return of("web")
                .live(LIVE, LiveType.NET, 8, "127.0.0.0/8", "2001:db8::/32")
                .live("places", LiveType.CGROUP, 4)
                .live("gates", LiveType.PORT, 100, "1..1023")
                .live("nodes", LiveType.DEVICE, 4, "char 10:*")
                .counter(new CounterLayout(COUNTER, port, columns, 16, false))
                .rate(new RateLayout("slow", new KeyLayout("rate_slow", List.of()), 1_000_000, 7, 1))
                .table(
                        new TableLayout("to", address, 4, 2),
                        new TableText(
                                List.of("remote.ip"), "v4", 4, 2, List.of("10.0.0.0/8"), List.of("80", "443"), "deny"))
                .log(new LogText("web.wall", 3, 5, "deny if remote.ip in blocked log", "told so"));
    }

    public StateObjects live(String name, LiveType type, int max, String... within) {
        maps.add(type.map(name, max));
        LiveText text = new LiveText(type, max, within.length == 0 ? Optional.empty() : Optional.of(List.of(within)));
        texts.put(StateNames.metadata(StateNames.live(name)), text.text());
        live = name.equals(LIVE) ? Optional.of(type) : live;
        return this;
    }

    public StateObjects table(TableLayout layout, TableText text) {
        maps.add(layout.map());
        texts.put(StateNames.metadata(StateNames.table(layout.name())), text.text());
        return this;
    }

    public StateObjects counter(CounterLayout layout) {
        maps.add(layout.map());
        texts.put(StateNames.metadata(StateNames.counter(layout.name())), layout.text());
        counter = layout.name().equals(COUNTER) ? Optional.of(layout) : counter;
        return this;
    }

    public StateObjects rate(RateLayout layout) {
        maps.add(layout.map());
        texts.put(StateNames.metadata(StateNames.rate(layout.name())), layout.text());
        return this;
    }

    /** Replaces a text by one that contradicts the object. */
    public StateObjects text(String variable, String text) {
        texts.put(variable, text);
        return this;
    }

    StateObjects map(MapDeclaration map) {
        maps.add(map);
        return this;
    }

    public StateObjects log(LogText rule) {
        maps.add(EventLayout.RING);
        maps.add(EventLayout.losses(counter.stream().toList()));
        texts.put(StateNames.logged(0), rule.text());
        logs = true;
        return this;
    }

    public PolicyObject policy() {
        return PolicyObject.of(object());
    }

    public byte[] file() {
        return ObjectWriter.write(object());
    }

    /** Returns the object as a loader reads it from the file. */
    public BpfObject object() {
        BtfBuilder types = new BtfBuilder();
        List<MapSpec> specs = maps.stream().map(map -> spec(types, map)).toList();
        DataSection rodata = rodata(types);
        int control = types.struct(
                "ringwall_control", 24, List.of(new BtfType.Member("words", types.array(u64(types), 3), 0, 0)));
        DataSection data = new DataSection(
                ".data", false, Bytes.zeros(24), List.of(new DataVariable("ringwall_control", 0, 24, control)));
        BpfObject object = new BpfObject(
                ByteOrder.nativeOrder(), "GPL", List.of(program()), specs, List.of(rodata, data), types.build());
        try {
            return ObjectReader.read(ObjectWriter.write(object));
        } catch (ObjectFormatException e) {
            throw new AssertionError(e);
        }
    }

    private DataSection rodata(BtfBuilder types) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("bpf_metadata_policy", policy);
        all.put("bpf_metadata_abi", "1");
        all.putAll(texts);
        ByteBuffer content = ByteBuffer.allocate(1 << 14).order(ByteOrder.nativeOrder());
        List<DataVariable> variables = new ArrayList<>();
        variables.add(new DataVariable(
                "ringwall_generation", 0, 4, types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4)));
        content.putLong(0);
        int character = types.integer("char", BtfType.Encoding.SIGNED, 1);
        all.forEach((name, text) -> {
            byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
            variables.add(
                    new DataVariable(name, content.position(), bytes.length, types.array(character, bytes.length)));
            content.put(bytes);
        });
        byte[] bytes = java.util.Arrays.copyOf(content.array(), content.position());
        return new DataSection(".rodata", true, Bytes.of(bytes), variables);
    }

    private ProgramSpec program() {
        Assembler code = new Assembler(Cpu.V3);
        Label inert = new Label("inert");
        Label deny = new Label("deny");
        begin(code, inert);
        monitored(code);
        counter.ifPresent(layout -> count(code));
        maps.forEach(map -> code.loadSymbol(Reg.R9, map.symbol(), 0));
        if (live.isPresent()) {
            ask(code, live.get() == LiveType.IP ? NET + 4 : NET, deny);
        }
        code.bind(inert).mov(Reg.R0, 1).exit();
        code.bind(deny);
        if (logs) {
            log(code);
        }
        Label denied = new Label("denied");
        code.load(Width.DW, Reg.R1, Reg.R10, MONITORED).mov(Reg.R0, 1);
        code.jump(JumpOp.EQ, Reg.R1, 0, denied).exit();
        code.bind(denied).mov(Reg.R0, 0).exit();
        try {
            Assembly assembly = code.layout();
            List<Relocation> relocations = assembly.symbols().stream()
                    .map(symbol -> new Relocation(symbol.slot(), symbol.name(), symbol.addend()))
                    .toList();
            return new ProgramSpec("connect4_0123", "cgroup/connect4", assembly.insns(), relocations, List.of(), 0);
        } catch (CodeTooLargeException e) {
            throw new AssertionError(e);
        }
    }

    /** Registers: r6 is the context, r7 the generation, r8 `lo` including its top bit. */
    private static void begin(Assembler code, Label inert) {
        code.mov(Reg.R6, Reg.R1).loadSymbol(Reg.R1, ".data", 0);
        code.load(Width.W, Reg.R8, Reg.R1, 0).load(Width.W, Reg.R3, Reg.R1, 4);
        code.loadSymbol(Reg.R2, ".rodata", 0).load(Width.W, Reg.R7, Reg.R2, 0);
        code.mov32(Reg.R4, Reg.R8).alu32(AluOp.AND, Reg.R4, Integer.MAX_VALUE);
        code.jump(JumpOp.GT, Reg.R4, Reg.R7, inert).jump(JumpOp.LT, Reg.R3, Reg.R7, inert);
        code.store(Width.W, Reg.R10, INDEX, 0);
    }

    private static void monitored(Assembler code) {
        Label no = new Label("enforced");
        code.store(Width.DW, Reg.R10, MONITORED, 0);
        code.mov(Reg.R1, Reg.R8).alu(AluOp.RSH, Reg.R1, 31).jump(JumpOp.EQ, Reg.R1, 0, no);
        code.call(Helper.KTIME_GET_BOOT_NS.id()).loadSymbol(Reg.R1, ".data", 0);
        code.load(Width.DW, Reg.R1, Reg.R1, 16).jump(JumpOp.LE, Reg.R1, Reg.R0, no);
        code.store(Width.DW, Reg.R10, MONITORED, 1).bind(no);
    }

    private void count(Assembler code) {
        Label there = new Label("there");
        Label done = new Label("counted");
        code.load(Width.W, Reg.R1, Reg.R6, 24).swapBe(Reg.R1, Width.H).store(Width.W, Reg.R10, KEY, Reg.R1);
        lookup(code, StateNames.counter(COUNTER), KEY);
        code.jump(JumpOp.NE, Reg.R0, 0, there);
        code.store(Width.DW, Reg.R10, COUNTS, 0).store(Width.DW, Reg.R10, COUNTS + 8, 0);
        code.loadSymbol(Reg.R1, StateNames.counter(COUNTER), 0);
        code.mov(Reg.R2, Reg.R10)
                .alu(AluOp.ADD, Reg.R2, KEY)
                .mov(Reg.R3, Reg.R10)
                .alu(AluOp.ADD, Reg.R3, COUNTS);
        code.mov(Reg.R4, 1).call(Helper.MAP_UPDATE_ELEM.id());
        lookup(code, StateNames.counter(COUNTER), KEY);
        code.jump(JumpOp.NE, Reg.R0, 0, there);
        if (logs) {
            lose(code, 8, done);
        }
        code.goTo(done).bind(there);
        code.mov(Reg.R1, 1).atomicAdd(Width.DW, Reg.R0, 0, Reg.R1);
        code.mov(Reg.R9, Reg.R0).call(Helper.KTIME_GET_BOOT_NS.id()).store(Width.DW, Reg.R9, 8, Reg.R0);
        code.bind(done);
    }

    private static void lose(Assembler code, int offset, Label otherwise) {
        lookup(code, StateNames.LOST, INDEX);
        code.jump(JumpOp.EQ, Reg.R0, 0, otherwise);
        code.mov(Reg.R1, 1).atomicAdd(Width.DW, Reg.R0, offset, Reg.R1);
    }

    private static void lookup(Assembler code, String map, int key) {
        code.loadSymbol(Reg.R1, map, 0).mov(Reg.R2, Reg.R10).alu(AluOp.ADD, Reg.R2, key);
        code.call(Helper.MAP_LOOKUP_ELEM.id());
    }

    private static void ask(Assembler code, int key, Label hit) {
        Label miss = new Label("miss");
        code.store(Width.W, Reg.R10, NET, LiveType.NET_BITS);
        code.store(Width.W, Reg.R10, NET + 4, 0).store(Width.W, Reg.R10, NET + 8, 0);
        code.store(Width.H, Reg.R10, NET + 12, 0).store(Width.H, Reg.R10, NET + 14, -1);
        code.load(Width.W, Reg.R1, Reg.R6, 4).store(Width.W, Reg.R10, NET + 16, Reg.R1);
        lookup(code, StateNames.live(LIVE), INDEX);
        code.jump(JumpOp.EQ, Reg.R0, 0, miss);
        code.mov(Reg.R1, Reg.R0).mov(Reg.R2, Reg.R10).alu(AluOp.ADD, Reg.R2, key);
        code.call(Helper.MAP_LOOKUP_ELEM.id()).jump(JumpOp.NE, Reg.R0, 0, hit).bind(miss);
    }

    private static void log(Assembler code) {
        Label lost = new Label("lost");
        Label done = new Label("logged");
        code.loadSymbol(Reg.R1, StateNames.EVENTS, 0).mov(Reg.R2, EVENT_SIZE).mov(Reg.R3, 0);
        code.call(Helper.RINGBUF_RESERVE.id()).jump(JumpOp.EQ, Reg.R0, 0, lost).mov(Reg.R9, Reg.R0);
        for (int at = 0; at < EVENT_SIZE; at += 8) {
            code.store(Width.DW, Reg.R9, at, 0);
        }
        StructLayout header = EventLayout.HEADER;
        code.call(Helper.KTIME_GET_BOOT_NS.id()).store(Width.DW, Reg.R9, header.offset("time"), Reg.R0);
        code.store(Width.W, Reg.R9, header.offset("generation"), Reg.R7);
        code.store(Width.B, Reg.R9, header.offset("hook"), Hook.CONNECT4.attachType());
        code.store(Width.B, Reg.R9, header.offset("kind"), EventKind.SOCKET.number());
        int present = EventLayout.bit(EventKind.SOCKET, "errno")
                | EventLayout.bit(EventKind.SOCKET, "remote_ip")
                | EventLayout.bit(EventKind.SOCKET, "remote_port");
        code.store(Width.W, Reg.R9, header.offset("present"), present);
        code.store(Width.B, Reg.R9, header.offset("verdict"), EventLayout.DENIED);
        code.load(Width.DW, Reg.R1, Reg.R10, MONITORED).store(Width.B, Reg.R9, header.offset("monitored"), Reg.R1);
        code.store(Width.H, Reg.R9, header.offset("errno"), 1);
        int own = header.size();
        code.load(Width.W, Reg.R1, Reg.R6, 4)
                .store(Width.H, Reg.R9, own + 10, -1)
                .store(Width.W, Reg.R9, own + 12, Reg.R1);
        code.load(Width.W, Reg.R1, Reg.R6, 24)
                .swapBe(Reg.R1, Width.H)
                .store(Width.H, Reg.R9, own + EventKind.SOCKET.layout().offset("remote_port"), Reg.R1);
        code.mov(Reg.R1, Reg.R9).mov(Reg.R2, 0).call(Helper.RINGBUF_SUBMIT.id()).goTo(done);
        code.bind(lost);
        lose(code, 0, done);
        code.bind(done);
    }

    static MapSpec spec(BtfBuilder types, MapDeclaration map) {
        MapSpec bare =
                new MapSpec(map.symbol(), map.type(), map.keySize(), map.valueSize(), map.maxEntries(), map.flags());
        if (map.inner().isPresent()) {
            return bare.holding(spec(types, map.inner().get()));
        }
        int index = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        return map.value()
                .map(value ->
                        bare.typed(map.key().map(key -> struct(types, key)).orElse(index), struct(types, value)))
                .orElse(bare);
    }

    private static int struct(BtfBuilder types, StructLayout layout) {
        List<BtfType.Member> members = layout.members().stream()
                .map(member -> {
                    int one = type(types, member.type());
                    int type = member.count() == 1 ? one : types.array(one, member.count());
                    return new BtfType.Member(member.name(), type, 8L * member.offset(), 0);
                })
                .toList();
        return types.struct(layout.name(), layout.size(), members);
    }

    private static int type(BtfBuilder types, StructLayout.Type type) {
        if (type instanceof StructLayout.Nested nested) {
            return struct(types, nested.layout());
        }
        return switch ((StructLayout.Scalar) type) {
            case U8 -> types.integer("unsigned char", BtfType.Encoding.UNSIGNED, 1);
            case CHAR -> types.integer("char", BtfType.Encoding.SIGNED, 1);
            case U16 -> types.integer("unsigned short", BtfType.Encoding.UNSIGNED, 2);
            case U32, BE32 -> types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
            case U64 -> u64(types);
            case SPIN_LOCK ->
                types.struct(
                        "bpf_spin_lock",
                        4,
                        List.of(new BtfType.Member(
                                "val", types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4), 0, 0)));
        };
    }

    private static int u64(BtfBuilder types) {
        return types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
    }
}
