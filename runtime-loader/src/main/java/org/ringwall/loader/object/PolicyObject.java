// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.ElfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Release;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Sha256;

/**
 * An object that conforms to docs/abi.md version 1: one program for each hook, a generation and
 * parameters in `.rodata`, and the control word as `.data`. Or a plain object, as clang makes it,
 * which has programs for hooks of cgroups and nothing else of the contract (docs/abi.md section 8).
 *
 * @param source SHA-256 of the policy text in hex, or empty
 * @param tool the tool that compiled it, or empty
 * @param generationOffset offset of the generation in `.rodata`; empty for a plain object
 * @param file the object file; empty if the object was not read from one
 * @param bundle the bundle that it is from, if any
 * @param evidence the archive with the manifest and the signatures of that bundle, if any
 * @param ringChosen whether the user chose the size of the ring, in place of that of the object
 */
public record PolicyObject(
        BpfObject object,
        String policy,
        String source,
        String tool,
        Map<Hook, ProgramSpec> programs,
        List<Param> params,
        OptionalInt generationOffset,
        Optional<Bytes> file,
        Optional<BundleOrigin> bundle,
        Optional<Bytes> evidence,
        boolean ringChosen) {
    /** The version of the contract of pins. */
    public static final String ABI = Release.CONTRACT;

    /** The versions of objects that this loader supports. */
    private static final List<String> ABIS = List.of(Release.CONTRACT, Release.CONTRACT_OF_INDEXES);

    /** The size of the control word in bytes. */
    public static final int CONTROL_SIZE = 24;

    /** Symbols that only objects of the contract define. */
    private static final Set<String> MARKS =
            Set.of("ringwall_generation", "ringwall_control", "bpf_metadata_abi", "bpf_metadata_policy");

    /** The prefix of the names of maps by which an instance is found. */
    private static final String RESERVED = "ringwall_";

    public static final String RODATA = ".rodata";
    public static final String DATA = ".data";
    private static final String METADATA = "bpf_metadata_";
    private static final String PARAM = "param_";

    public PolicyObject {
        programs = Map.copyOf(programs);
        params = List.copyOf(params);
    }

    /**
     * Checks an object against the contract. It may come from a file or directly from the compiler.
     */
    public static PolicyObject of(BpfObject object) {
        return checked(object.btf().dataSec(RODATA).isPresent() ? object : declared(object));
    }

    /** Returns whether an object claims to conform to the contract. */
    static boolean conforms(ElfObject object) {
        return MARKS.stream().anyMatch(object::defines);
    }

    /**
     * Checks the maps for a host with this many possible CPUs.
     *
     * @throws InputException if they need more memory there than an object may have
     */
    public static void checkMaps(BpfObject object, int cpus) {
        DeclaredMaps.check(object.maps(), cpus);
    }

    /**
     * Checks an object that does not conform to the contract.
     *
     * @param name the name of its instances, in the place of a policy's
     */
    public static PolicyObject plain(BpfObject object, String name) {
        DeclaredMaps.check(object.maps());
        for (MapSpec map : object.maps()) {
            if (map.name().startsWith(RESERVED)) {
                throw new InputException(
                        "ringwall cannot apply this object: its map `" + map.name()
                                + "` has a name of ringwall's own maps",
                        "rename it");
            }
        }
        Map<Hook, ProgramSpec> programs = new EnumMap<>(Hook.class);
        for (ProgramSpec program : object.programs()) {
            Hook hook = Hook.ofSection(program.section())
                    .orElseThrow(() -> unfit("there is no hook for its section `" + program.section() + "`"));
            Optional<ProgramSpec> other = Optional.ofNullable(programs.put(hook, program));
            if (other.isPresent()) {
                throw new InputException(
                        "ringwall cannot apply this object: it has two programs for `" + hook.word() + "`, `"
                                + other.get().name() + "` and `" + program.name() + "`",
                        "make one program of them, or one object of each");
            }
        }
        if (programs.isEmpty()) {
            throw new InputException(
                    "ringwall cannot apply this object: it has no program",
                    "compile one with: ringwallc compile POLICY.wall, or write a program with"
                            + " SEC(\"cgroup/connect4\")");
        }
        return new PolicyObject(
                object,
                new InstanceName(name, InstanceName.MAIN).policy(),
                "",
                "",
                programs,
                List.of(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    public boolean plain() {
        return generationOffset.isEmpty();
    }

    /**
     * Writes and reads the object: the types of data sections, by which an instance finds the names
     * of its state, are added when it is written.
     */
    private static BpfObject declared(BpfObject object) {
        try {
            return ObjectReader.read(ObjectWriter.write(object));
        } catch (ObjectFormatException e) {
            throw unfit(String.valueOf(e.getMessage()));
        }
    }

    private static PolicyObject checked(BpfObject object) {
        require(object.order().equals(ByteOrder.nativeOrder()), "it is for machines with the other byte order");
        DataSection rodata = object.section(RODATA).orElseThrow(() -> unfit("it has no `.rodata` with a generation"));
        // Checked first: only the loader of another version can judge the rest.
        String abi = metadata(rodata, "abi").orElseThrow(() -> unfit("it has no ABI version"));
        if (!ABIS.contains(abi)) {
            throw new InputException(
                    "the object uses version `" + abi + "` of the ABI, which this ringwall does not support",
                    "this ringwall supports versions " + String.join(" and ", ABIS)
                            + "; use the ringwall of the same release as the compiler");
        }
        DataVariable generation = variable(rodata, "ringwall_generation", 4);
        control(object);
        DeclaredMaps.check(object.maps());
        DeclaredState.check(object.maps(), state(rodata));
        String policy = metadata(rodata, "policy").orElseThrow(() -> unfit("it has no policy name"));
        return new PolicyObject(
                object,
                new InstanceName(policy, InstanceName.MAIN).policy(),
                metadata(rodata, "source").orElse(""),
                metadata(rodata, "tool").orElse(""),
                programs(object),
                params(rodata),
                OptionalInt.of(generation.offset()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Returns the same object as read from a file with this content. */
    public PolicyObject fromFile(byte[] content) {
        return new PolicyObject(
                object,
                policy,
                source,
                tool,
                programs,
                params,
                generationOffset,
                Optional.of(Bytes.of(content)),
                bundle,
                evidence,
                ringChosen);
    }

    /**
     * Returns the same object as one of a bundle.
     *
     * @param archive its manifest and its signatures
     */
    PolicyObject fromBundle(BundleOrigin origin, byte[] archive) {
        return new PolicyObject(
                object,
                policy,
                source,
                tool,
                programs,
                params,
                generationOffset,
                file,
                Optional.of(origin),
                Optional.of(Bytes.of(archive)),
                ringChosen);
    }

    /**
     * Returns the object with a ring of this many bytes for its records.
     *
     * @throws InputException if the kernel has no rings of that size, or nothing is recorded
     */
    public PolicyObject withRing(long bytes) {
        if (plain()) {
            throw noContract("ring for records");
        }
        if (object.map(StateNames.EVENTS).isEmpty()) {
            throw new InputException(
                    "no rule of `" + policy + "` has a `log` effect", "remove --ring-size, or write `log` in a rule");
        }
        if (!EventLayout.isRingSize(bytes)) {
            throw new InputException(
                    "a ring cannot have " + bytes + " bytes",
                    "write a power of two from 64K (" + EventLayout.SMALLEST_RING + ") to 128M ("
                            + EventLayout.LARGEST_RING + ")");
        }
        List<MapSpec> maps = object.maps().stream()
                .map(map -> map.name().equals(StateNames.EVENTS) ? map.sized((int) bytes) : map)
                .toList();
        DeclaredMaps.check(maps);
        BpfObject sized =
                new BpfObject(object.order(), object.license(), object.programs(), maps, object.data(), object.btf());
        return new PolicyObject(
                sized, policy, source, tool, programs, params, generationOffset, file, bundle, evidence, true);
    }

    /**
     * Parses values of parameters.
     *
     * @throws InputException if a value is out of range or there is no such parameter
     */
    public Map<String, Long> values(Map<String, String> texts) {
        if (plain() && !texts.isEmpty()) {
            throw noContract("params");
        }
        Map<String, Long> values = new TreeMap<>();
        texts.forEach((name, text) -> values.put(name, param(name).value(text)));
        return values;
    }

    /** Returns the names of its parameters, in the order of their declarations. */
    public Set<String> paramNames() {
        return params.stream().map(Param::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Returns the values of all parameters by name, in words as users write them: those that are
     * given, and the defaults of the others.
     *
     * @throws InputException as {@link #values}
     */
    public SortedMap<String, String> allValues(Map<String, String> texts) {
        SortedMap<String, String> all = new TreeMap<>();
        params.forEach(param -> all.put(param.name(), Long.toUnsignedString(param.preset())));
        values(texts).forEach((name, value) -> all.put(name, Long.toUnsignedString(value)));
        return all;
    }

    /**
     * Returns the content of `.rodata` for this generation and these values of parameters, by name;
     * others have their defaults. Empty for a plain object, whose data stays as it is.
     */
    public byte[] rodata(int generation, Map<String, Long> values) {
        if (plain()) {
            return new byte[0];
        }
        byte[] content = section(RODATA).content().toArray();
        ByteBuffer buffer = ByteBuffer.wrap(content).order(object.order());
        generationOffset.ifPresent(offset -> buffer.putInt(offset, generation));
        values.forEach((name, value) -> buffer.putLong(param(name).offset(), value));
        return content;
    }

    /** Returns the SHA-256 of the object file in hex; empty if the object was not read from one. */
    public Optional<String> digest() {
        return file.map(content -> Sha256.hex(content.toArray()));
    }

    /** Returns the texts that describe its live sets, tables, counters, rates and records. */
    public StateTexts state() {
        return plain() ? StateTexts.of(Map.of()) : state(section(RODATA));
    }

    private static StateTexts state(DataSection rodata) {
        try {
            return StateTexts.of(Variables.of(rodata));
        } catch (EntryException e) {
            throw unfit(String.valueOf(e.getMessage()));
        }
    }

    private Param param(String name) {
        return params.stream()
                .filter(param -> param.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new InputException(
                        "policy `" + policy + "` has no param `" + name + "`",
                        params.isEmpty()
                                ? "remove --param"
                                : "write one of: "
                                        + params.stream().map(Param::name).collect(Collectors.joining(", "))));
    }

    public DataSection section(String name) {
        return object.section(name).orElseThrow(() -> unfit("it has no section `" + name + "`"));
    }

    private static void control(BpfObject object) {
        DataSection data = object.section(DATA).orElseThrow(() -> unfit("it has no `.data` with a control word"));
        DataVariable word = variable(data, "ringwall_control", CONTROL_SIZE);
        require(
                word.offset() == 0
                        && data.content().size() == CONTROL_SIZE
                        && data.variables().size() == 1,
                "its `.data` contains more than the control word");
        require(data.content().isZero(), "its control word is not initially zero");
    }

    private static Map<Hook, ProgramSpec> programs(BpfObject object) {
        Map<Hook, ProgramSpec> programs = new EnumMap<>(Hook.class);
        for (ProgramSpec program : object.programs()) {
            Hook hook = Hook.ofSection(program.section())
                    .orElseThrow(() -> unfit("there is no hook for its section `" + program.section() + "`"));
            require(programs.put(hook, program) == null, "it has two programs for `" + hook.word() + "`");
        }
        require(!programs.isEmpty(), "it has no program");
        return programs;
    }

    private static List<Param> params(DataSection rodata) {
        List<Param> params = new ArrayList<>();
        for (DataVariable variable : rodata.variables()) {
            if (!variable.name().startsWith(PARAM)) {
                continue;
            }
            String name = variable.name().substring(PARAM.length());
            require(variable.size() == 8, "its param `" + name + "` is not 8 bytes");
            params.add(metadata(rodata, PARAM + name)
                    .flatMap(text -> Param.parse(name, text, variable.offset()))
                    .orElseThrow(() -> unfit("its param `" + name + "` has no range")));
        }
        return params;
    }

    private static DataVariable variable(DataSection section, String name, int size) {
        DataVariable variable = section.variable(name)
                .orElseThrow(() -> unfit("its `" + section.name() + "` has no variable `" + name + "`"));
        require(variable.size() == size, "its variable `" + name + "` is not " + size + " bytes");
        return variable;
    }

    private static Optional<String> metadata(DataSection rodata, String name) {
        return rodata.variable(METADATA + name)
                .map(variable -> rodata.content()
                        .slice(variable.offset(), variable.size())
                        .text());
    }

    private static void require(boolean holds, String why) {
        if (!holds) {
            throw unfit(why);
        }
    }

    /** Returns the refusal of an option that needs an object of the contract. */
    public InputException noContract(String what) {
        return new InputException(
                "`" + policy + "` is a plain object, which has no " + what,
                "remove the option; only objects that ringwallc compiles have " + what);
    }

    private static InputException unfit(String why) {
        return new InputException(
                "ringwall cannot apply this object: " + why, "compile one with: ringwallc compile POLICY.wall");
    }
}
