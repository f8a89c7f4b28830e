// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.GenerationLoader;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.instance.KeptFile;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.KernelTest;

/** Programs, maps and control words that were changed by hand: the comparison finds each change. */
@KernelTest
class ComparisonKernelTest {
    private static final int LINK_UPDATE = 29;

    private final KernelBox box = new KernelBox();
    private final Bpf bpf = box.host.bpf();
    private final Map<Integer, Fd> open = new HashMap<>();

    @AfterEach
    void clean() {
        open.values().forEach(Fd::close);
        box.close();
    }

    private Fd own(Fd fd) {
        open.put(fd.number(), fd);
        return fd;
    }

    private static PolicyObject policy(BpfObject object) {
        byte[] file = ObjectWriter.write(object);
        try {
            return PolicyObject.of(ObjectReader.read(file)).fromFile(file);
        } catch (ObjectFormatException e) {
            throw new AssertionError(e);
        }
    }

    private PolicyObject apply(BpfObject object) {
        PolicyObject policy = policy(object);
        List<Cgroup> cgroups = List.of(box.cgroup("a"));
        box.host.applier().apply(new ApplyRequest(policy, "main", cgroups, Map.of(), false));
        Comparison sound = compare(policy);
        assertThat(sound.differences()).isEmpty();
        assertThat(sound.unchecked()).isEmpty();
        assertThat(sound.programs()).isEqualTo(policy.programs().size());
        return policy;
    }

    private Comparison compare(PolicyObject policy) {
        return box.host.comparison().apply(new InstanceName(policy.policy(), "main"));
    }

    /** Returns whether the objects of all attached generations are known. */
    private boolean complete(PolicyObject policy) {
        return ObjectComparison.of(
                        bpf, box.host.pins(), box.host.hierarchy(), new InstanceName(policy.policy(), "main"))
                .complete();
    }

    private Path pins(PolicyObject policy) {
        return box.pinBase.resolve("v1").resolve(policy.policy() + "@main");
    }

    private Path generation(PolicyObject policy) {
        return pins(policy).resolve("g1");
    }

    private static Fd of(Map<String, Fd> maps, String name) {
        return Objects.requireNonNull(maps.get(name));
    }

    private static ProgramSpec program(PolicyObject policy, Hook hook) {
        return Objects.requireNonNull(policy.programs().get(hook));
    }

    /** Returns the maps that the first program of an instance uses. */
    private Map<String, Fd> maps(PolicyObject policy) {
        Map<String, Fd> maps = new HashMap<>();
        maps.put(".data", own(bpf.objGet(pins(policy).resolve("control"))));
        maps.put(".rodata", own(bpf.objGet(generation(policy).resolve("rodata"))));
        policy.object()
                .maps()
                .forEach(map -> maps.put(
                        map.name(), own(bpf.objGet(pins(policy).resolve("maps").resolve(map.name())))));
        return maps;
    }

    private Fd load(PolicyObject policy, Hook hook, ProgramSpec program, Map<String, Fd> maps) {
        GenerationLoader loader = new GenerationLoader(bpf, policy);
        byte[] rodata = MapContent.of(bpf, of(maps, ".rodata"));
        Fd loaded =
                own(loader.load(hook, program, rodata, name -> of(maps, name).number(), Optional.empty()));
        bpf.progBindMap(loaded, of(maps, ".rodata"));
        return loaded;
    }

    /** Replaces the program of every link at a hook, as a hostile process could. */
    private void update(PolicyObject policy, Hook hook, Fd program) throws IOException {
        assertThat(updated(policy, hook, program)).containsOnly(0L);
    }

    /** Does the same and returns the results of the system calls: 0 or a negative errno. */
    private Set<Long> updated(PolicyObject policy, Hook hook, Fd program) throws IOException {
        Set<Long> results = new TreeSet<>();
        for (String name : box.host.pins().list(generation(policy))) {
            if (Place.ofPin(name).filter(place -> place.hook() == hook).isEmpty()) {
                continue;
            }
            try (Fd link = bpf.objGet(generation(policy).resolve(name));
                    NativeArena arena = new NativeArena(Syscalls.ofThisMachine());
                    NativeArena.Frame frame = arena.frame()) {
                NativeBlock attr = frame.zeros(192).putInt(0, link.number()).putInt(4, program.number());
                results.add(Syscalls.ofThisMachine().call(Call.BPF, LINK_UPDATE, attr.address(), 192, 0, 0, 0));
            }
        }
        return results;
    }

    private void pin(Fd object, Path path) throws IOException {
        Files.delete(path);
        bpf.objPin(object, path);
    }

    /** Puts a program in the place of another one, and hides that from the comparison of ids. */
    private void replace(PolicyObject policy, Hook hook, Fd program) throws IOException {
        update(policy, hook, program);
        pin(program, generation(policy).resolve(hook.word()));
    }

    /** Returns an array of maps of the same form, whose inner map is not set. */
    private Fd emptyCopy(Fd map) {
        MapInfo there = bpf.mapInfo(map);
        Fd inner = own(
                bpf.mapById(ByteBuffer.wrap(bpf.mapLookup(map, new byte[4], 4).orElseThrow())
                        .order(ByteOrder.nativeOrder())
                        .getInt()));
        return own(bpf.mapCreate(new MapSpec(
                there.name(),
                there.type(),
                there.keySize(),
                there.valueSize(),
                there.maxEntries(),
                there.flags(),
                Optional.empty(),
                Optional.of(inner))));
    }

    @Test
    void aProgramBehindALinkIsFound() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        ProgramSpec spec = program(policy, Hook.CONNECT4);
        ProgramSpec changed = new ProgramSpec(
                spec.name(),
                spec.section(),
                List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit()),
                List.of(),
                List.of(),
                0);
        Map<String, Fd> maps = maps(policy);
        Fd program = load(policy, Hook.CONNECT4, changed, maps);
        update(policy, Hook.CONNECT4, program);
        int id = bpf.progInfo(program).id();
        assertThat(compare(policy).differences())
                .hasSize(2)
                .anyMatch(each -> each.startsWith("connect4: program " + id + " is attached to ")
                        && each.contains("in the place of the pinned program"))
                .anyMatch(each -> each.startsWith("connect4: the program in force differs from the object: tag "
                        + bpf.progInfo(program).tag() + ", expected "));
    }

    @Test
    void aProgramOfAnotherHookIsFound() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        try (Fd other = bpf.objGet(generation(policy).resolve("connect6"))) {
            if (updated(policy, Hook.CONNECT4, other).contains((long) -Errno.EINVAL.number())) {
                // 6.18.44 compares the attach type of the program with that of the link.
                assertThat(compare(policy).differences()).isEmpty();
                return;
            }
            pin(other, generation(policy).resolve(Hook.CONNECT4.word()));
        }
        assertThat(compare(policy).differences())
                .containsExactly("connect4: the program in force is one for another hook");
    }

    @Test
    void anotherMapIsFound() throws IOException {
        PolicyObject policy = apply(StateObjects.web().object());
        Map<String, Fd> maps = maps(policy);
        String live = StateNames.live(StateObjects.LIVE);
        MapInfo there = bpf.mapInfo(of(maps, live));
        Fd empty = emptyCopy(of(maps, live));
        maps.put(live, empty);
        replace(policy, Hook.CONNECT4, load(policy, Hook.CONNECT4, program(policy, Hook.CONNECT4), maps));
        assertThat(compare(policy).differences())
                .containsExactly("connect4: the program in force uses map "
                        + bpf.mapInfo(empty).id() + " in the place of `" + live + "`, which is map " + there.id());
    }

    @Test
    void anotherMapIsFoundThoughThePinOfTheFirstIsGone() throws IOException {
        PolicyObject policy = apply(StateObjects.web().object());
        Map<String, Fd> maps = maps(policy);
        String live = StateNames.live(StateObjects.LIVE);
        Path pin = pins(policy).resolve("maps").resolve(live);
        Fd empty = emptyCopy(of(maps, live));
        Files.delete(pin);
        assertThat(compare(policy).differences()).containsExactly("the map `" + live + "` is not pinned");
        maps.put(live, empty);
        replace(policy, Hook.CONNECT4, load(policy, Hook.CONNECT4, program(policy, Hook.CONNECT4), maps));
        assertThat(compare(policy).differences()).containsExactly("the map `" + live + "` is not pinned");
    }

    @Test
    void aGenerationThatDoesNotDecideIsCompared() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Path other = pins(policy).resolve("g7");
        ProgramSpec spec = program(policy, Hook.CONNECT4);
        ProgramSpec changed = new ProgramSpec(
                spec.name(),
                spec.section(),
                List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit()),
                List.of(),
                List.of(),
                0);
        Fd program = load(policy, Hook.CONNECT4, changed, maps(policy));
        Files.createDirectory(other);
        String name = box.host.pins().list(generation(policy)).stream()
                .filter(pin -> pin.startsWith("connect4-"))
                .findFirst()
                .orElseThrow();
        try (Fd cgroup = box.host.hierarchy().open(box.cgroup("b"));
                Fd link = bpf.linkCreate(program, cgroup, Hook.CONNECT4.attachType())) {
            bpf.objPin(program, other.resolve("connect4"));
            assertThat(complete(policy)).as("a program whose link is elsewhere").isFalse();
            bpf.objPin(link, other.resolve(name));
            assertThat(compare(policy).differences()).isEmpty();
            assertThat(complete(policy)).isFalse();
            assertThat(compare(policy).unchecked())
                    .containsExactly("generation 7 did not come from a file, or an earlier ringwall applied it");
            for (String copy : List.of("applied", "object", "rodata")) {
                try (Fd map = bpf.objGet(generation(policy).resolve(copy))) {
                    bpf.objPin(map, other.resolve(copy));
                }
            }
            assertThat(compare(policy).differences())
                    .anyMatch(each -> each.startsWith("generation 7, which does not decide: connect4: the program in"
                            + " force differs from the object: tag "));
        } finally {
            box.host.pins().list(other).forEach(pin -> box.host.pins().unlink(other.resolve(pin)));
            Files.delete(other);
        }
    }

    @Test
    void anInstanceThatHasOnlyAProgramIsNotInForce() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Path other = pins(policy).resolveSibling("x@main");
        Files.createDirectories(other.resolve("g1"));
        try (Fd program = bpf.objGet(generation(policy).resolve("connect4"))) {
            bpf.objPin(program, other.resolve("g1").resolve("connect4"));
            assertThat(box.host.status())
                    .filteredOn(each -> each.name().policy().equals("x"))
                    .extracting(InstanceStatus::state)
                    .containsExactly(InstanceStatus.State.NOWHERE);
        }
    }

    @Test
    void theInstanceOfAnotherPolicyIsFound() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Files.move(pins(policy), pins(policy).resolveSibling("q@main"));
        assertThat(box.host.comparison().apply(new InstanceName("q", "main")).differences())
                .containsExactly("generation 1 is of policy `p`");
        Files.move(pins(policy).resolveSibling("q@main"), pins(policy));
    }

    @Test
    void anotherAddressIsFoundThoughTheTagIsTheSame() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        ProgramSpec spec = program(policy, Hook.CONNECT4);
        AtomicReference<Insn> later = new AtomicReference<>(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R1, 8));
        List<Relocation> relocations = spec.relocations().stream()
                .map(each -> each.symbol().equals(".data") ? new Relocation(each.slot(), each.symbol(), 8) : each)
                .toList();
        // The first load of an address is that of the control word.
        List<Insn> code = spec.insns().stream()
                .map(insn ->
                        insn.equals(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R1, 0)) ? later.getAndSet(insn) : insn)
                .toList();
        ProgramSpec shifted = new ProgramSpec(spec.name(), spec.section(), code, relocations, List.of(), 0);
        Fd program = load(policy, Hook.CONNECT4, shifted, maps(policy));
        try (Fd before = bpf.objGet(generation(policy).resolve("connect4"))) {
            assertThat(bpf.progInfo(program).tag())
                    .isEqualTo(bpf.progInfo(before).tag());
        }
        replace(policy, Hook.CONNECT4, program);
        assertThat(compare(policy).differences())
                .containsExactly("connect4: the program in force loads other addresses than the object");
    }

    @ParameterizedTest
    @CsvSource({
        "-1, true, `.rodata` is not frozen",
        "8, false, 'param `port` has the value 0, which is outside of 1..65535'",
        "40, false, `.rodata` differs from the object at byte 40",
    })
    void anotherReadOnlyDataIsFound(int at, boolean writable, String difference) throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Map<String, Fd> maps = maps(policy);
        MapInfo there = bpf.mapInfo(of(maps, ".rodata"));
        byte[] content = MapContent.of(bpf, of(maps, ".rodata"));
        if (at >= 0) {
            content[at] ^= 9;
        }
        Fd fresh = own(bpf.mapCreate(MapSpec.array("p.rodata", content.length, 1, there.flags())));
        bpf.mapUpdate(fresh, new byte[4], content);
        if (!writable) {
            bpf.mapFreeze(fresh);
        }
        maps.put(".rodata", fresh);
        for (Hook hook : Set.of(Hook.CONNECT4, Hook.CONNECT6)) {
            replace(policy, hook, load(policy, hook, program(policy, hook), maps));
        }
        pin(fresh, generation(policy).resolve("rodata"));
        assertThat(compare(policy).differences()).containsExactly(difference);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, its oldest generation 2 is above its newest",
        "4, 7, 'it names generation 7, which has no programs'",
        "8, 2, 'its mode, its end of monitor mode or its reserved part is not one that ringwall stores'",
        "12, 5, its reserved part is not one that ringwall stores",
        "16, 5, its end of monitor mode",
    })
    void aChangedControlWordIsFound(int offset, int value, String difference) {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        try (Fd map = bpf.objGet(pins(policy).resolve("control"))) {
            byte[] word = MapContent.of(bpf, map);
            byte[] changed = word.clone();
            ByteBuffer.wrap(changed).order(ByteOrder.nativeOrder()).putInt(offset, value);
            bpf.mapUpdate(map, new byte[4], changed);
            assertThat(compare(policy).differences())
                    .isNotEmpty()
                    .allMatch(each -> each.startsWith("the control word was changed: "))
                    .anyMatch(each -> each.contains(difference));
            bpf.mapUpdate(map, new byte[4], word);
        }
        assertThat(compare(policy).differences()).isEmpty();
    }

    @Test
    void removedPinsAreFound() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Files.delete(generation(policy).resolve("connect6"));
        Files.delete(generation(policy).resolve("rodata"));
        Files.move(pins(policy).resolve("control"), pins(policy).resolve("reason-next"));
        assertThat(compare(policy).differences())
                .contains(
                        "the control map is not pinned",
                        ".rodata of generation 1 is not pinned",
                        "connect6: its program is not pinned");
        Files.move(pins(policy).resolve("reason-next"), pins(policy).resolve("control"));
    }

    @Test
    void whatCannotBeComparedIsNotReportedAsTheSame() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Path object = generation(policy).resolve("object");
        try (Fd other = KeptFile.create(bpf, "ringwall_object", new byte[] {1, 2, 3})) {
            pin(other, object);
        }
        assertThat(compare(policy).differences())
                .containsExactly("the copy of the object of generation 1 is not the object that it records");
        Files.delete(object);
        assertThat(compare(policy).differences()).isEmpty();
        assertThat(compare(policy).unchecked()).containsExactly("no copy of the object of generation 1 was kept");
        Files.delete(generation(policy).resolve("applied"));
        assertThat(compare(policy).unchecked())
                .containsExactly("generation 1 did not come from a file, or an earlier ringwall applied it");
        assertThat(box.host.comparison().apply(new InstanceName("none", "main")).unchecked())
                .containsExactly("it is not in force");
    }

    @Test
    void linksToAnotherCgroupAreFound() throws IOException {
        PolicyObject policy = apply(TestObjects.denyPort("p", 9));
        Cgroup other = box.cgroup("b");
        String name = box.host.pins().list(generation(policy)).stream()
                .filter(pin -> pin.startsWith("connect4-"))
                .findFirst()
                .orElseThrow();
        Path place = generation(policy).resolve(name);
        try (Fd program = bpf.objGet(generation(policy).resolve("connect4"));
                Fd cgroup = box.host.hierarchy().open(other);
                Fd link = bpf.linkCreate(program, cgroup, Hook.CONNECT4.attachType());
                Fd before = bpf.objGet(place)) {
            LinkInfo info = bpf.linkInfo(before);
            assertThat(info.cgroupId()).isNotEqualTo(other.id());
            bpf.linkDetach(before);
            pin(link, place);
        }
        assertThat(compare(policy).differences())
                .hasSize(1)
                .allMatch(
                        each -> each.startsWith("connect4: the link of ") && each.endsWith(" attaches it to " + other));
    }
}
