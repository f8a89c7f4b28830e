// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.instance.Rollback;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.programs.ForeignPrograms;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.sys.Fd;

/**
 * A transaction that puts a policy, or a new version of it, in force at all hooks and cgroups at
 * one instant (docs/abi.md section 3).
 */
public final class Applier {
    private final Bpf bpf;
    private final PinStore pins;
    private final CgroupView cgroups;
    private final SysctlTrial sysctls;
    private final SocketTrial sockets;
    private final Author author;
    private final Instances instances;
    private final ForeignPrograms neighbours;
    private final Recovery recovery;

    /** Creates an applier that records no command. */
    public Applier(Bpf bpf, PinStore pins, CgroupView cgroups, SysctlTrial sysctls) {
        this(bpf, pins, cgroups, sysctls, Author.ofThisProcess(""));
    }

    public Applier(Bpf bpf, PinStore pins, CgroupView cgroups, SysctlTrial sysctls, Author author) {
        this(bpf, pins, cgroups, sysctls, () -> SocketTrial.Outcome.MATCHED, author, new Recovery(bpf));
    }

    /**
     * Creates an applier.
     *
     * @param sockets whether this host enforces policies on sockets
     */
    public Applier(
            Bpf bpf,
            PinStore pins,
            CgroupView cgroups,
            SysctlTrial sysctls,
            SocketTrial sockets,
            Author author,
            Recovery recovery) {
        this.sockets = sockets;
        this.recovery = recovery;
        this.bpf = bpf;
        this.pins = pins;
        this.cgroups = cgroups;
        this.sysctls = sysctls;
        this.author = author;
        this.instances = new Instances(bpf, pins);
        this.neighbours = new ForeignPrograms(bpf, cgroups);
    }

    /**
     * Applies a policy. After an exception, what was in force before is still in force, and nothing
     * else.
     */
    public ApplyResult apply(ApplyRequest request) {
        try (Held held = applyAndHold(request)) {
            return held.result();
        }
    }

    /**
     * Applies a policy and keeps the instance's lock, which shows other processes that its owner is
     * alive.
     */
    public Held applyAndHold(ApplyRequest request) {
        // Rejects bad parameters before anything is locked or any system call is made.
        refuseOptions(request);
        if (request.chooses(ApplyChoice.DRY_RUN)) {
            return new Held(dry().run(request, true), () -> {});
        }
        InstanceName name = request.name();
        PinStore.Lock lock = instances.lockNew(name);
        InstanceFolder folder = instances.folder(name);
        try {
            return new Held(apply(request, folder, recovery.bring(folder)), lock);
        } catch (RuntimeException e) {
            removeIfEmpty(folder, e);
            lock.close();
            throw e;
        }
    }

    /**
     * Loads and checks a policy like a dry run, and requires what an apply requires: a cgroup, if
     * the policy is not in force.
     */
    ApplyResult check(ApplyRequest request) {
        refuseOptions(request);
        return dry().run(request, request.chooses(ApplyChoice.DRY_RUN));
    }

    private DryRun dry() {
        return new DryRun(bpf, cgroups, instances, sysctls, sockets);
    }

    private static void refuseOptions(ApplyRequest request) {
        request.policy().values(request.params());
        PlainObjects.refuseOptions(request);
    }

    private static void removeIfEmpty(InstanceFolder folder, RuntimeException cause) {
        try {
            folder.removeIfEmpty();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private ApplyResult apply(ApplyRequest request, InstanceFolder folder, Optional<InForce> old) {
        Refusals.unconfirmed(request, folder, old);
        Refusals.forgotten(request, folder);
        List<String> notes = new ArrayList<>(PlainObjects.notes(request, folder, old));
        List<Cgroup> targets = new Targets(cgroups).of(request, old, folder.joined(), notes);
        try (PinStore.Lock checked = instances.checked(request.policy().plain())) {
            return apply(request, folder, old, targets, notes, checked);
        }
    }

    /**
     * Applies a policy to cgroups.
     *
     * @param checked is closed when the programs are attached
     */
    private ApplyResult apply(
            ApplyRequest request,
            InstanceFolder folder,
            Optional<InForce> old,
            List<Cgroup> targets,
            List<String> notes,
            PinStore.Lock checked) {
        Set<Hook> hooks = hooks(request);
        Coverage coverage = Coverage.of(cgroups, request, old, targets);
        Order order = new Order(bpf, cgroups, instances, request, old);
        OverrideCheck check =
                new OverrideCheck(bpf, cgroups, instances, folder, order, request.chooses(ApplyChoice.ACCEPT_FOREIGN));
        List<LaterPrograms.Overriding> overriding = order.plan(coverage, target -> hooks, neighbours, check);
        coverage.requireSome();
        notes.addAll(notes(order, overriding));
        notes.addAll(Warnings.of(request.policy(), sysctls, sockets));
        int before = old.map(InForce::generation).orElse(0);
        int generation = next(folder, before);
        GenerationLoader loader = new GenerationLoader(bpf, request.policy());
        Map<String, Long> values = ParamsInForce.chosen(bpf, folder, old.map(InForce::generation), request, notes);
        byte[] rodata = request.policy().rodata(generation, values);
        Optional<Fd> btf = loader.loadTypes();
        try (ControlWord word = old.isPresent() ? open(folder) : ControlWord.of(bpf, loader.createControl(btf));
                Transition.Timer timer = Transition.Timer.of(bpf, word, request, generation, before);
                Generation loaded =
                        loader.load(btf, word.map(), rodata, Optional.of(folder.maps()), request.forget())) {
            notes.addAll(loaded.notes());
            PlainOverrides overrides = PlainOverrides.of(bpf, cgroups, instances, request, loaded.programs());
            notes.addAll(check.earlier(overrides, old));
            Attacher attacher = new Attacher(bpf, pins, cgroups, order, place -> check.both(overrides, old, place));
            Set<Long> removed = new Targets(cgroups).removed(old, coverage.targets(), hooks, notes);
            Transition.Version version =
                    new Transition.Version(request, folder, old, generation, origin(request), loaded, removed);
            Transition.Switched switched =
                    new Transition(bpf, pins, instances, version, word, timer).run(coverage, attacher, checked);
            notes.addAll(switched.notes());
            notes.addAll(accepted(folder, overriding));
            return new ApplyResult(
                    request.name(),
                    Integer.toUnsignedLong(generation),
                    Integer.toUnsignedLong(before),
                    coverage.targets(),
                    hooks.stream().map(Hook::word).toList(),
                    notes,
                    List.of(),
                    monitoring(folder, word),
                    request.confirm(),
                    request.policy().plain(),
                    switched.downgrade(),
                    coverage.refused());
        } finally {
            btf.ifPresent(Fd::close);
        }
    }

    private Provenance origin(ApplyRequest request) {
        return new Provenance(request.policy().digest(), request.policy().bundle(), Instant.now(), author);
    }

    private static List<String> notes(Order order, List<LaterPrograms.Overriding> overriding) {
        List<String> notes = new ArrayList<>(order.notes());
        overriding.forEach(program -> notes.add(program.sentence()));
        return notes;
    }

    /**
     * Returns the number of the next generation. That of a version that was rolled back is not used
     * again, since records name it.
     */
    private static int next(InstanceFolder folder, int before) {
        int last = folder.rolledBack()
                .map(Rollback.Value::from)
                .filter(from -> from > before)
                .orElse(before);
        if (last + 1 < 0) {
            throw new HostException("the instance has no generation numbers left", "remove it, then apply it again");
        }
        return last + 1;
    }

    /**
     * Returns the monitor mode in force. The version is already in force, so an unreadable reason
     * is not a failure.
     */
    private static Optional<Monitoring> monitoring(InstanceFolder folder, ControlWord word) {
        OptionalLong until = word.monitorUntil();
        if (until.isEmpty()) {
            return Optional.empty();
        }
        String reason;
        try {
            reason = folder.reason();
        } catch (KernelRefusedException | HostException e) {
            reason = "";
        }
        return Optional.of(new Monitoring(until.getAsLong(), reason));
    }

    /**
     * Stores the accepted programs. The version is already in force, so a failure is only a note;
     * the next apply requires their acceptance again.
     */
    private static List<String> accepted(InstanceFolder folder, List<LaterPrograms.Overriding> overriding) {
        try {
            folder.keepAccepted(LaterPrograms.Overriding.names(overriding));
            return List.of();
        } catch (KernelRefusedException | HostException e) {
            return overriding.isEmpty()
                    ? List.of()
                    : List.of("the accepted programs could not be recorded: " + e.getMessage());
        }
    }

    private static ControlWord open(InstanceFolder folder) {
        return folder.openControl()
                .orElseThrow(() -> new IllegalStateException("an instance in force has a control word"));
    }

    static Set<Hook> hooks(ApplyRequest request) {
        return EnumSet.copyOf(request.policy().programs().keySet());
    }

    /** An applied policy whose instance lock is held. */
    public static final class Held implements AutoCloseable {
        private final ApplyResult result;
        private final PinStore.Lock lock;

        private Held(ApplyResult result, PinStore.Lock lock) {
            this.result = result;
            this.lock = lock;
        }

        public ApplyResult result() {
            return result;
        }

        @Override
        public void close() {
            lock.close();
        }
    }
}
