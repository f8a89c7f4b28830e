// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.Overrides;
import org.ringwall.loader.programs.Overrides.Finding;
import org.ringwall.loader.programs.Position;
import org.ringwall.sys.Fd;

/**
 * The denials that programs of a plain object can turn into success: those of instances whose
 * programs run before them, and those of the version that they replace. {@link LaterPrograms} finds
 * the same for a policy that is attached before such a program.
 */
final class PlainOverrides {
    private final CgroupView cgroups;
    private final Instances instances;
    private final InstanceName name;
    private final Map<Hook, Program> programs = new EnumMap<>(Hook.class);

    private record Program(ProgInfo info, Finding finding) {
        String sentence(String where, String after) {
            return finding.sentence(info, false, where, after);
        }

        String remedy() {
            return finding == Finding.HIDDEN
                    ? finding.remedy()
                    : "remove that from the object, or accept it: --accept-foreign";
        }
    }

    private record Found(Program program, String sentence) {}

    /** Creates the search for an object that is not plain, which finds nothing. */
    private PlainOverrides(CgroupView cgroups, Instances instances, InstanceName name) {
        this.cgroups = cgroups;
        this.instances = instances;
        this.name = name;
    }

    /** Creates the search for an object that was loaded. */
    static PlainOverrides of(
            Bpf bpf, CgroupView cgroups, Instances instances, ApplyRequest request, Map<Hook, Fd> loaded) {
        PlainOverrides found = new PlainOverrides(cgroups, instances, request.name());
        if (request.policy().plain()) {
            found.look(bpf, loaded, request.policy().programs());
        }
        return found;
    }

    /** Creates the search for pinned programs of an instance. */
    static PlainOverrides of(
            Bpf bpf, CgroupView cgroups, Instances instances, InstanceName name, Map<Hook, Fd> pinned) {
        PlainOverrides found = new PlainOverrides(cgroups, instances, name);
        if (instances.folder(name).isPlain()) {
            found.look(bpf, pinned, Map.of());
        }
        return found;
    }

    private void look(Bpf bpf, Map<Hook, Fd> loaded, Map<Hook, ProgramSpec> specs) {
        Overrides overrides = new Overrides(bpf);
        loaded.forEach((hook, program) -> overrides
                .of(hook, program)
                .filter(finding -> finding != Finding.HIDDEN || mayOverride(hook, Optional.ofNullable(specs.get(hook))))
                .ifPresent(finding -> programs.put(hook, new Program(bpf.progInfo(program), finding))));
    }

    /** Returns whether a program whose calls the kernel hides may override, by its own object. */
    private static boolean mayOverride(Hook hook, Optional<ProgramSpec> spec) {
        return hook == Hook.GETSOCKOPT
                || spec.isEmpty()
                || spec.get().insns().stream()
                        .anyMatch(insn -> insn instanceof Insn.CallHelper call
                                && (call.id() == Helper.SET_RETVAL.id() || call.id() == Helper.TAIL_CALL.id()));
    }

    /**
     * Returns a sentence for each instance, and for the version to be replaced, whose denials these
     * programs can override.
     *
     * @param places the positions of the programs
     * @param old the version that they replace
     * @param accepted whether the user accepts that
     * @throws HostException if there is one and the user does not accept it
     */
    List<String> check(Collection<Position> places, Optional<InForce> old, boolean accepted) {
        List<Found> all = new ArrayList<>(replaced(old));
        all.addAll(earlier(places));
        List<String> sentences = all.stream().map(Found::sentence).distinct().toList();
        if (!accepted && !all.isEmpty()) {
            throw Finding.refused(sentences, all.get(0).program().remedy());
        }
        return sentences;
    }

    /**
     * Returns the programs that can override the version before them while both are attached. The
     * new program of a hook runs after the old one ({@link Order}), so it does not matter what the
     * old one overrides.
     */
    private List<Found> replaced(Optional<InForce> old) {
        List<Found> found = new ArrayList<>();
        if (programs.isEmpty()) {
            return found;
        }
        old.map(InForce::all).orElse(Map.of()).forEach((place, link) -> {
            Program program = programs.get(place.hook());
            if (program != null && link.attached()) {
                found.add(new Found(
                        program,
                        program.sentence(place.hook().word(), "the version that it replaces")
                                + "; while both are attached, a request that both deny could pass"));
            }
        });
        return found;
    }

    private List<Found> earlier(Collection<Position> places) {
        List<Found> found = new ArrayList<>();
        List<Position> overriding = places.stream()
                .filter(place -> programs.containsKey(place.hook()))
                .toList();
        if (overriding.isEmpty()) {
            return found;
        }
        for (InstanceName other : instances.all()) {
            if (!other.equals(name)) {
                InstanceFolder folder = instances.folder(other);
                for (int generation : folder.generations()) {
                    folder.links(generation).forEach((at, link) -> {
                        if (link.attached()) {
                            overriding.forEach(place -> runsBefore(at, link, place)
                                    .ifPresent(cgroup -> found.add(found(other, cgroup, place))));
                        }
                    });
                }
            }
        }
        return found;
    }

    private Found found(InstanceName other, Cgroup cgroup, Position place) {
        Program program = Objects.requireNonNull(programs.get(place.hook()));
        return new Found(
                program,
                program.sentence(
                        place.hook().word() + " of `" + place.cgroup() + "`", "`" + other + "` of `" + cgroup + "`"));
    }

    /**
     * Returns the cgroup of a link whose program runs before a position: at the same cgroup, or
     * below it ({@code compute_effective_progs}).
     */
    private Optional<Cgroup> runsBefore(Place at, LinkInfo link, Position place) {
        if (at.hook() != place.hook()) {
            return Optional.empty();
        }
        if (at.cgroupId() == place.cgroup().id()) {
            return place.before().contains(link.progId()) ? Optional.of(place.cgroup()) : Optional.empty();
        }
        return cgroups.byId(at.cgroupId()).found().filter(cgroup -> isBelow(cgroup, place.cgroup()));
    }

    /** Returns whether a cgroup is below another one. One that was removed is not. */
    private boolean isBelow(Cgroup cgroup, Cgroup top) {
        try {
            return cgroups.upwards(cgroup).stream().anyMatch(above -> above.id() == top.id());
        } catch (CgroupException e) {
            if (cgroups.byId(cgroup.id()) instanceof Lookup.Gone<Cgroup>) {
                return false;
            }
            throw e;
        }
    }
}
