// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.loader.model.RunOrders;
import org.ringwall.sys.Fd;

/**
 * A reader of the programs on the path from the root to a cgroup. It changes nothing and takes no
 * lock.
 *
 * <p>The kernel reports the order in which programs run ({@code BPF_F_QUERY_EFFECTIVE}): those of a
 * cgroup before those of its ancestors, except that BPF_F_PREORDER puts a program before all
 * without it, ancestors first ({@code compute_effective_progs}). The path is read from the nearest
 * cgroup on, so a program that is attached to several of its cgroups is shown with the nearest
 * first.
 */
public final class ProgramTree implements RunOrders {
    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Supplier<List<Cgroup>> all;
    private final Supplier<OptionalLong> bootTime;
    private final Instances instances;
    private final Owners owners;
    private final Holders holders;
    private final Set<Hook> absent = EnumSet.noneOf(Hook.class);
    private final Map<Long, Map<Hook, List<Integer>>> attached = new HashMap<>();
    private final Map<Owners.Owner, RunOrder.Mode> modes = new HashMap<>();
    private final Map<Owners.Owner, OptionalInt> rules = new HashMap<>();
    private final Map<Integer, RunOrder.Step> known = new HashMap<>();

    /**
     * Creates a reader.
     *
     * @param all returns every visible cgroup
     * @param bootTime as of {@code StatusReader}
     */
    public ProgramTree(
            Bpf bpf,
            PinStore pins,
            CgroupView cgroups,
            Supplier<List<Cgroup>> all,
            Supplier<OptionalLong> bootTime,
            Holders holders) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.all = all;
        this.bootTime = bootTime;
        this.instances = new Instances(bpf, pins);
        this.owners = new Owners(bpf, instances);
        this.holders = holders;
    }

    @Override
    public List<RunOrder> everywhere() {
        List<RunOrder> found = new ArrayList<>();
        for (Cgroup cgroup : all.get()) {
            try {
                if (!attachedTo(cgroup).isEmpty()) {
                    found.add(of(cgroup));
                }
            } catch (CgroupException e) {
                // The cgroup was removed meanwhile.
                continue;
            }
        }
        return found;
    }

    /** Returns whether programs of any owner are attached to a cgroup. */
    public boolean hasPrograms(Cgroup cgroup) {
        return !attachedTo(cgroup).isEmpty();
    }

    @Override
    public RunOrder of(Cgroup cgroup) {
        Map<Hook, List<Integer>> effective = new EnumMap<>(Hook.class);
        try (Fd fd = cgroups.open(cgroup)) {
            for (Hook hook : Hook.values()) {
                List<Integer> ids = query(
                        hook,
                        () -> bpf.progQueryEffective(fd, hook.attachType()).progIds());
                if (!ids.isEmpty()) {
                    effective.put(hook, ids);
                }
            }
        }
        List<Cgroup> path = cgroups.upwards(cgroup);
        Map<String, List<RunOrder.Step>> hooks = new LinkedHashMap<>();
        effective.forEach((hook, ids) -> hooks.put(hook.word(), steps(hook, ids, path)));
        return new RunOrder(cgroup, hooks);
    }

    private List<RunOrder.Step> steps(Hook hook, List<Integer> ids, List<Cgroup> path) {
        Map<Integer, List<Cgroup>> places = new HashMap<>();
        for (Cgroup cgroup : path) {
            for (int id : attachedTo(cgroup).getOrDefault(hook, List.of())) {
                places.computeIfAbsent(id, program -> new ArrayList<>()).add(cgroup);
            }
        }
        List<RunOrder.Step> steps = new ArrayList<>();
        for (int id : ids) {
            List<Cgroup> at = places.getOrDefault(id, List.of());
            Optional<Cgroup> first = at.isEmpty() ? Optional.empty() : Optional.of(at.remove(0));
            RunOrder.Step step = known.computeIfAbsent(id, this::read);
            steps.add(new RunOrder.Step(id, step.name(), step.tag(), first, step.owner()));
        }
        return steps;
    }

    private Map<Hook, List<Integer>> attachedTo(Cgroup cgroup) {
        Map<Hook, List<Integer>> before = attached.get(cgroup.id());
        if (before != null) {
            return before;
        }
        Map<Hook, List<Integer>> found = new EnumMap<>(Hook.class);
        try (Fd fd = cgroups.open(cgroup)) {
            for (Hook hook : Hook.values()) {
                List<Integer> ids =
                        query(hook, () -> bpf.progQuery(fd, hook.attachType()).progIds());
                if (!ids.isEmpty()) {
                    found.put(hook, ids);
                }
            }
        }
        attached.put(cgroup.id(), found);
        return found;
    }

    /** Returns no programs for a hook that this kernel lacks, where the query fails with EINVAL. */
    private List<Integer> query(Hook hook, Supplier<List<Integer>> ids) {
        if (absent.contains(hook)) {
            return List.of();
        }
        try {
            return ids.get();
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            absent.add(hook);
            return List.of();
        }
    }

    private RunOrder.Step read(int id) {
        String name = "?";
        String tag = "?";
        try (Fd program = bpf.progById(id)) {
            ProgInfo info = bpf.progInfo(program);
            name = info.name();
            tag = info.tag();
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
        }
        RunOrder.Owner owner = owners.of(id)
                .<RunOrder.Owner>map(ours -> new RunOrder.Owner.Instance(
                        ours.instance(),
                        ours.generation(),
                        modes.computeIfAbsent(ours, this::mode),
                        rules.computeIfAbsent(ours, this::rules),
                        ours.plain()))
                .orElseGet(() -> holders.of(id));
        return new RunOrder.Step(id, name, tag, Optional.empty(), owner);
    }

    private OptionalInt rules(Owners.Owner owner) {
        try {
            Optional<byte[]> file = instances.folder(owner.instance()).object(owner.generation());
            return file.isEmpty() ? OptionalInt.empty() : DecidingRules.count(file.get());
        } catch (HostException | ObjectFormatException e) {
            // `why` reports an object that cannot be read.
            return OptionalInt.empty();
        }
    }

    private RunOrder.Mode mode(Owners.Owner owner) {
        InstanceFolder folder = instances.folder(owner.instance());
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return RunOrder.Mode.INERT;
        }
        try (ControlWord word = control.get()) {
            boolean decides = Integer.compareUnsigned(word.lo(), owner.generation()) <= 0
                    && Integer.compareUnsigned(owner.generation(), word.hi()) <= 0;
            if (!decides && !owner.plain()) {
                return RunOrder.Mode.INERT;
            }
            OptionalLong now = word.monitorUntil().isEmpty() ? OptionalLong.empty() : bootTime.get();
            return OpenInstance.monitoring(folder, word, now).isPresent()
                    ? RunOrder.Mode.MONITORED
                    : RunOrder.Mode.DECIDES;
        }
    }
}
