// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.LineInfo;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.object.Subprogram;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.MapIndexes;
import org.ringwall.loader.instance.StateMaps;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.sys.Fd;

/**
 * A factory of the kernel objects of a {@link PolicyObject}: types, maps, programs. Attaches and
 * pins nothing.
 */
public final class GenerationLoader {
    private static final int FUNC_RECORD = 8;
    private static final int LINE_RECORD = 16;
    /**
     * The longest name of a map (BPF_OBJ_NAME_LEN in include/uapi/linux/bpf.h, without the final
     * NUL).
     */
    private static final int LONGEST_NAME = 15;

    private static final byte[] FIRST_KEY = new byte[4];

    private final Bpf bpf;
    private final PolicyObject policy;
    private final TypeImage types;
    private final ProgramCode code;
    private final Set<String> named;
    private final Set<String> outliving;

    public GenerationLoader(Bpf bpf, PolicyObject policy) {
        this.bpf = bpf;
        this.policy = policy;
        this.types = TypeImage.of(policy.object());
        this.code = new ProgramCode(bpf, policy);
        this.named = policy.object().programs().stream()
                .flatMap(program -> program.relocations().stream())
                .map(Relocation::symbol)
                .collect(Collectors.toSet());
        StateTexts texts = policy.state();
        this.outliving = policy.object().maps().stream()
                .map(org.ringwall.bpf.object.MapSpec::name)
                .filter(map -> !StateNames.isIndex(map) && (named.contains(map) || texts.describes(map)))
                .collect(Collectors.toSet());
    }

    /** Loads the type information; empty if the object has none. */
    public Optional<Fd> loadTypes() {
        return types.isEmpty() ? Optional.empty() : Optional.of(bpf.btfLoad(types.bytes()));
    }

    /** Creates the control map of a new instance. */
    Fd createControl(Optional<Fd> btf) {
        MapSpec spec = MapSpec.array(ControlWord.NAME, PolicyObject.CONTROL_SIZE, 1, MapSpec.MAPPABLE);
        return bpf.mapCreate(policy.plain() ? spec : typedAsSection(spec, PolicyObject.DATA, btf));
    }

    /**
     * Loads everything of a generation, with the instance's control map and the maps of the
     * previous generation.
     *
     * @param forget state that the user gives up, by its name in the policy or by its map's name
     */
    Generation load(Optional<Fd> btf, Fd control, byte[] rodata, Optional<StateMaps> state, Set<String> forget) {
        Generation generation = new Generation();
        try {
            if (!policy.plain()) {
                generation.map(PolicyObject.DATA, control);
            }
            for (DataSection section : policy.object().data()) {
                if (policy.plain() || !section.name().equals(PolicyObject.DATA)) {
                    boolean main = !policy.plain() && section.name().equals(PolicyObject.RODATA);
                    byte[] content = main ? rodata : section.content().toArray();
                    generation.map(section.name(), generation.own(data(section, content, btf)));
                }
            }
            StateMaps.Wanted wanted = new StateMaps.Wanted(
                    btf.isPresent() ? policy.object().btf() : Btf.EMPTY, policy.state(), forget, policy.ringChosen());
            List<Fd> bound = new ArrayList<>();
            for (org.ringwall.bpf.object.MapSpec map : policy.object().maps()) {
                if (policy.plain() ? map.pinned() : outliving.contains(map.name()) && StateMaps.outlives(map)) {
                    Optional<StateMaps.Had> had = state.flatMap(maps -> maps.had(map, wanted));
                    had.map(StateMaps.Had::map).ifPresent(generation::own);
                    keep(generation, map, had, btf, wanted);
                    if (!named.contains(map.name())) {
                        bound.add(generation.map(map.name()));
                    }
                    state.filter(maps -> !policy.plain())
                            .flatMap(maps -> beside(maps, map, wanted))
                            .ifPresent(other -> bound.add(generation.own(other)));
                } else if (policy.plain() || !StateNames.isIndex(map.name())) {
                    generation.map(map.name(), generation.own(map(map, btf)));
                }
            }
            wanted.texts()
                    .indexes()
                    .forEach((index, maps) -> generation.map(
                            index,
                            generation.own(MapIndexes.create(
                                    bpf,
                                    spec(policy.object().map(index).orElseThrow(), btf),
                                    maps.stream().map(generation::map).toList()))));
            new TreeMap<>(policy.programs())
                    .forEach((hook, program) -> load(generation, hook, program, rodata, control, btf));
            generation.programs().values().stream()
                    .findFirst()
                    .ifPresent(program -> bound.forEach(map -> bpf.progBindMap(program, map)));
            return generation;
        } catch (RuntimeException e) {
            generation.close();
            throw e;
        }
    }

    /**
     * Loads a program and binds a map to it by which its instance is found. Of a policy that is
     * `.rodata`, to which constant folding may have removed all references. Of a plain object it is
     * the control map, which its programs do not know.
     */
    private void load(
            Generation generation, Hook hook, ProgramSpec program, byte[] rodata, Fd control, Optional<Fd> btf) {
        Fd loaded = load(hook, program, rodata, symbol -> generation.map(symbol).number(), btf);
        generation.program(hook, loaded);
        bpf.progBindMap(loaded, policy.plain() ? control : generation.map(PolicyObject.RODATA));
    }

    /**
     * Loads one program.
     *
     * @param maps the number of the descriptor of each map and data section, by its name
     */
    public Fd load(Hook hook, ProgramSpec program, byte[] rodata, ToIntFunction<String> maps, Optional<Fd> btf) {
        return bpf.progLoad(program(hook, program, code.of(program, rodata, maps), btf));
    }

    /**
     * Returns the other map of a counter, if no program of this generation refers to it. It is
     * bound to a program to keep it.
     */
    private Optional<Fd> beside(StateMaps maps, org.ringwall.bpf.object.MapSpec map, StateMaps.Wanted wanted) {
        boolean alone = StateNames.isCounter(map.name()) && !outliving.contains(StateNames.besideOf(map.name()));
        return alone ? maps.beside(map, wanted) : Optional.empty();
    }

    private void keep(
            Generation generation,
            org.ringwall.bpf.object.MapSpec map,
            Optional<StateMaps.Had> had,
            Optional<Fd> btf,
            StateMaps.Wanted wanted) {
        if (had.isEmpty()) {
            generation.fresh(map.name(), generation.own(map(map, btf)));
            return;
        }
        Fd old = had.get().map();
        if (had.get().fate() == StateMaps.Fate.KEPT) {
            generation.map(map.name(), old);
            return;
        }
        Fd fresh = generation.own(map(map, btf));
        generation.anew(map.name(), fresh);
        if (had.get().fate() == StateMaps.Fate.CARRIED) {
            StateCarrier carrier = new StateCarrier(bpf, wanted);
            if (StateCarrier.isLate(map)) {
                carrier.check(map, old);
                generation.continues(map.name());
                generation.before(() -> carrier.count(map, old, fresh));
            } else {
                generation.note(carrier.carry(map, old, fresh));
            }
        }
    }

    private Fd data(DataSection section, byte[] content, Optional<Fd> btf) {
        // bpftool shows the metadata of maps whose name ends in `.rodata` (bpf_metadata in its
        // prog.c).
        int room = Math.max(0, LONGEST_NAME - section.name().length());
        String name =
                policy.policy().substring(0, Math.min(room, policy.policy().length())) + section.name();
        int writable = policy.plain() ? 0 : MapSpec.MAPPABLE;
        int flags = section.readOnly() ? MapSpec.READ_ONLY_FOR_PROGRAMS : writable;
        Fd map = bpf.mapCreate(typedAsSection(MapSpec.array(name, content.length, 1, flags), section.name(), btf));
        try {
            bpf.mapUpdate(map, FIRST_KEY, content);
            if (section.readOnly()) {
                bpf.mapFreeze(map);
            }
            return map;
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
    }

    /**
     * Adds types to a data section's map, which has a value type and no key type
     * ({@code array_map_check_btf} permits that).
     */
    private MapSpec typedAsSection(MapSpec spec, String section, Optional<Fd> btf) {
        OptionalInt type = policy.object().btf().dataSec(section);
        return btf.isPresent() && type.isPresent() ? spec.typed(btf.get(), 0, type.getAsInt()) : spec;
    }

    private static MapSpec spec(org.ringwall.bpf.object.MapSpec map, Optional<Fd> btf) {
        return new MapSpec(
                map.name(),
                map.type().number(),
                map.keySize(),
                map.valueSize(),
                map.maxEntries(),
                map.flags(),
                btf.filter(types -> map.keyType().isPresent() && map.valueType().isPresent())
                        .map(types -> new MapSpec.Types(
                                types, map.keyType().getAsInt(), map.valueType().getAsInt())),
                Optional.empty());
    }

    private Fd map(org.ringwall.bpf.object.MapSpec map, Optional<Fd> btf) {
        MapSpec spec = spec(map, btf);
        if (map.inner().isEmpty()) {
            Fd made = bpf.mapCreate(spec);
            try {
                RateSeed.of(map, policy.state()).ifPresent(seed -> bpf.mapUpdate(made, seed.key(), seed.value()));
                return made;
            } catch (RuntimeException e) {
                made.close();
                throw e;
            }
        }
        try (Fd inner = map(map.inner().get(), btf)) {
            Fd outer = bpf.mapCreate(spec.of(inner));
            if (map.type() == MapType.ARRAY_OF_MAPS && !policy.plain()) {
                fill(outer, inner);
            }
            return outer;
        }
    }

    /** Fills entry 0, so that programs find a map there from their first run on. */
    private void fill(Fd outer, Fd inner) {
        try {
            new ExchangedMap(bpf, outer).exchange(inner);
        } catch (RuntimeException e) {
            outer.close();
            throw e;
        }
    }

    private ProgSpec program(Hook hook, ProgramSpec program, List<Insn> insns, Optional<Fd> btf) {
        Bytes slots = Bytes.of(InsnCodec.encode(insns, ByteOrder.nativeOrder()));
        boolean typed =
                program.funcTypeId() != 0 && program.subprograms().stream().allMatch(sub -> sub.funcTypeId() != 0);
        Optional<ProgSpec.DebugInfo> debug = btf.filter(types -> typed)
                .map(fd -> new ProgSpec.DebugInfo(fd, FUNC_RECORD, funcs(program), LINE_RECORD, lines(program)));
        return new ProgSpec(
                program.name(),
                hook.programType().number(),
                hook.attachType(),
                0,
                slots,
                policy.object().license(),
                debug);
    }

    /** Encodes records of `struct bpf_func_info`. */
    private static Bytes funcs(ProgramSpec program) {
        ByteBuffer out = records(1 + program.subprograms().size(), FUNC_RECORD);
        out.putInt(0).putInt(program.funcTypeId());
        for (Subprogram sub : program.subprograms()) {
            out.putInt(sub.slot()).putInt(sub.funcTypeId());
        }
        return Bytes.of(out.flip());
    }

    /** Encodes records of `struct bpf_line_info`. */
    private Bytes lines(ProgramSpec program) {
        ByteBuffer out = records(program.lines().size(), LINE_RECORD);
        for (LineInfo line : program.lines()) {
            out.putInt(line.slot()).putInt(types.string(line.file())).putInt(types.string(line.text()));
            out.putInt(line.line() << 10 | line.column());
        }
        return Bytes.of(out.flip());
    }

    private static ByteBuffer records(int count, int size) {
        return ByteBuffer.allocate(count * size).order(ByteOrder.nativeOrder());
    }
}
