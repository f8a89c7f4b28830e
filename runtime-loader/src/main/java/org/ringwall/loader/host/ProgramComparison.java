// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.apply.GenerationLoader;
import org.ringwall.loader.apply.ProgramCode;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;

/**
 * A comparison of the programs of a generation, pinned and attached, with its object: where they
 * are attached, their types, tags and maps, and their translated code. The last one covers what
 * tags leave out, which map and which offset into its value each instruction loads.
 */
final class ProgramComparison {
    private final Bpf bpf;
    private final CgroupView cgroups;
    private final PolicyObject policy;
    private final GenerationLoader loader;
    private final Optional<Fd> types;
    private final GenerationMaps known;
    private final ProgramCode code;
    private final Optional<ProgramTag> tags;
    private final List<String> differences = new ArrayList<>();
    private final Set<String> unchecked = new LinkedHashSet<>();
    private final Set<Integer> programs = new TreeSet<>();
    private final Set<Integer> maps = new TreeSet<>();

    ProgramComparison(
            Bpf bpf,
            CgroupView cgroups,
            PolicyObject policy,
            GenerationLoader loader,
            Optional<Fd> types,
            GenerationMaps known) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.policy = policy;
        this.loader = loader;
        this.types = types;
        this.known = known;
        this.code = new ProgramCode(bpf, policy);
        this.tags = ProgramTag.of(bpf);
    }

    List<String> differences() {
        return differences;
    }

    Set<String> unchecked() {
        return unchecked;
    }

    /** Returns the ids of the programs that were compared. */
    Set<Integer> programs() {
        return programs;
    }

    /** Returns the ids of their maps. */
    Set<Integer> maps() {
        return maps;
    }

    /** Compares all programs of a generation. */
    void all(InstanceFolder folder, int generation) {
        if (tags.isEmpty()) {
            unchecked.add("the kernel computes tags of programs by an unknown hash");
        }
        Map<Place, LinkInfo> links = folder.links(generation);
        for (Map.Entry<Hook, ProgramSpec> each : new TreeMap<>(policy.programs()).entrySet()) {
            Hook hook = each.getKey();
            Set<Integer> found = new HashSet<>();
            Optional<Fd> pinned = folder.open(folder.generation(generation).resolve(hook.word()));
            if (pinned.isEmpty()) {
                differences.add(hook.word() + ": its program is not pinned");
            } else {
                try (Fd program = pinned.get()) {
                    ProgInfo info = bpf.progInfo(program);
                    found.add(info.id());
                    program(hook, each.getValue(), program, info);
                    links.forEach((place, link) -> link(hook, place, link, info.id()));
                }
            }
            links.forEach((place, link) -> {
                if (place.hook() == hook && link.attached() && found.add(link.progId())) {
                    try (Fd program = bpf.progById(link.progId())) {
                        program(hook, each.getValue(), program, bpf.progInfo(program));
                    }
                }
            });
        }
        Set<Hook> others = new TreeSet<>(folder.programs(generation));
        links.keySet().forEach(place -> others.add(place.hook()));
        others.removeAll(policy.programs().keySet());
        others.forEach(hook -> differences.add(hook.word() + ": the object has no program for it"));
    }

    private void link(Hook hook, Place place, LinkInfo link, int pinned) {
        if (place.hook() != hook || !link.attached()) {
            return;
        }
        if (link.progId() != pinned) {
            differences.add(hook.word() + ": program " + Integer.toUnsignedString(link.progId()) + " is attached to "
                    + cgroup(place.cgroupId()) + " in the place of the pinned program "
                    + Integer.toUnsignedString(pinned));
        }
        if (link.cgroupId() != place.cgroupId()) {
            differences.add(hook.word() + ": the link of " + cgroup(place.cgroupId()) + " attaches it to "
                    + cgroup(link.cgroupId()));
        }
        if (link.attachType() != hook.attachType()) {
            differences.add(hook.word() + ": the link of " + cgroup(place.cgroupId()) + " is one of another hook");
        }
    }

    private String cgroup(long id) {
        return cgroups.byId(id)
                .found()
                .orElseGet(() -> new Cgroup(Optional.empty(), id))
                .toString();
    }

    private void program(Hook hook, ProgramSpec spec, Fd program, ProgInfo info) {
        programs.add(info.id());
        maps.addAll(info.mapIds());
        if (info.type() != hook.programType().number() || !attachesTo(program, hook)) {
            differences.add(hook.word() + ": the program in force is one for another hook");
            return;
        }
        List<String> names = new ArrayList<>();
        List<Insn> expected = code.of(spec, known.rodata(), name -> number(names, name));
        Optional<String> tag = tags.map(each -> each.of(expected));
        if (tag.isPresent() && !tag.get().equals(info.tag())) {
            differences.add(hook.word() + ": the program in force differs from the object: tag " + info.tag()
                    + ", expected " + tag.get());
            return;
        }
        used(hook, spec, program, info, inOrder(expected, names));
    }

    /** Returns the number of a name in a list, from 1, to which it is added if it is new. */
    private static int number(List<String> names, String name) {
        if (!names.contains(name)) {
            names.add(name);
        }
        return names.indexOf(name) + 1;
    }

    /**
     * Returns the names of the maps that the code uses, in the order in which the kernel lists
     * them, that of their first use ({@code resolve_pseudo_ldimm64}).
     */
    private static List<String> inOrder(List<Insn> code, List<String> names) {
        Set<String> used = new LinkedHashSet<>();
        for (Insn insn : code) {
            if (insn instanceof Insn.LoadImm64 load
                    && (load.pseudo() == Insn.Pseudo.MAP_FD || load.pseudo() == Insn.Pseudo.MAP_VALUE)) {
                used.add(names.get(load.low() - 1));
            }
        }
        return List.copyOf(used);
    }

    /** Compares the maps that a program uses, and then its translated code. */
    private void used(Hook hook, ProgramSpec spec, Fd program, ProgInfo info, List<String> names) {
        List<Integer> ids = info.mapIds();
        Map<String, Fd> open = new HashMap<>();
        boolean same = ids.size() >= names.size();
        for (int i = 0; i < Math.min(ids.size(), names.size()); i++) {
            String name = names.get(i);
            Optional<Fd> map = known.used(name, ids.get(i));
            map.ifPresent(fd -> open.put(name, fd));
            if (map.isEmpty()) {
                same = false;
                differences.add(hook.word() + ": the program in force uses map " + Integer.toUnsignedString(ids.get(i))
                        + " in the place of `" + name + "`, which is map "
                        + known.pinnedIds(name).stream()
                                .map(Integer::toUnsignedString)
                                .collect(Collectors.joining(" or ")));
            }
        }
        // Maps that no instruction uses were bound to the program.
        for (int id : ids.subList(Math.min(ids.size(), names.size()), ids.size())) {
            if (!known.isPinned(id)) {
                differences.add(hook.word() + ": map " + Integer.toUnsignedString(id)
                        + " is bound to the program in force, and is none of the instance");
            }
        }
        if (known.pinnedIds(PolicyObject.RODATA).stream().noneMatch(ids::contains)) {
            differences.add(hook.word() + ": the program in force has another `.rodata`");
            same = false;
        }
        if (same) {
            translated(hook, spec, program, open);
        }
    }

    /** Compares the code as the kernel translated it with that of the expected program. */
    private void translated(Hook hook, ProgramSpec spec, Fd program, Map<String, Fd> open) {
        byte[] actual = bpf.progCode(program);
        if (actual.length == 0) {
            unchecked.add("the kernel hides the translated code of programs, so that addresses in maps were not"
                    + " compared");
            return;
        }
        // Names that constants have replaced get the descriptor of the program, which is not used.
        try (Fd again = loader.load(
                hook,
                spec,
                known.rodata(),
                name -> open.getOrDefault(name, program).number(),
                types)) {
            if (!Arrays.equals(actual, bpf.progCode(again))) {
                differences.add(hook.word() + ": the program in force loads other addresses than the object");
            }
        } catch (KernelRefusedException e) {
            unchecked.add(hook.word() + ": the kernel refused to load the object's program for comparison: "
                    + e.getMessage());
        }
    }

    /**
     * Returns whether a program can be attached to a hook. The kernel checks that before it looks
     * for the cgroup ({@code link_create}), and no descriptor of a program is one.
     */
    private boolean attachesTo(Fd program, Hook hook) {
        try {
            bpf.linkCreate(program, program, hook.attachType()).close();
            return false;
        } catch (KernelRefusedException e) {
            return !e.errno().is(Errno.EINVAL);
        }
    }
}
