// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.Generation;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.programs.ForeignPrograms;
import org.ringwall.sys.Fd;

/** A check of a policy against this kernel and an instance's state, which changes nothing. */
final class DryRun {
    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Instances instances;
    private final SysctlTrial sysctls;
    private final SocketTrial sockets;

    DryRun(Bpf bpf, CgroupView cgroups, Instances instances, SysctlTrial sysctls, SocketTrial sockets) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.instances = instances;
        this.sysctls = sysctls;
        this.sockets = sockets;
    }

    /**
     * Loads and checks a policy against the instance's state without changing it.
     *
     * @param anywhere whether a policy that is not in force needs no cgroup
     */
    ApplyResult run(ApplyRequest request, boolean anywhere) {
        Set<Hook> hooks = Applier.hooks(request);
        ForeignPrograms.Read known = new ForeignPrograms(bpf, cgroups).refuseExclusive(hooks, request.cgroups());
        InstanceFolder folder = instances.folder(request.name());
        Refusals.forgotten(request, folder);
        GenerationLoader loader = new GenerationLoader(bpf, request.policy());
        Optional<InForce> old = inForce(folder).map(generation -> InForce.of(folder, generation));
        Refusals.unconfirmed(request, folder, old);
        List<String> notes = new ArrayList<>(PlainObjects.notes(request, folder, old));
        List<Cgroup> targets = anywhere && old.isEmpty()
                ? request.cgroups()
                : new Targets(cgroups).of(request, old, folder.joined(), notes);
        Order order = new Order(bpf, cgroups, instances, request, old);
        order.plan(hooks, targets, known);
        Map<String, Long> values = ParamsInForce.chosen(bpf, folder, old.map(InForce::generation), request, notes);
        byte[] rodata = request.policy().rodata(1, values);
        Optional<Fd> btf = loader.loadTypes();
        try (ControlWord control = ControlWord.of(bpf, loader.createControl(btf));
                Transition.Timer ignored = Transition.Timer.of(bpf, control, request, 1, 0);
                Generation loaded =
                        loader.load(btf, control.map(), rodata, Optional.of(folder.maps()), request.forget())) {
            notes.addAll(loaded.notes());
            notes.addAll(order.notes());
            OverrideCheck check = new OverrideCheck(
                    bpf, cgroups, instances, folder, order, request.chooses(ApplyChoice.ACCEPT_FOREIGN));
            check.later().forEach(program -> notes.add(program.sentence()));
            notes.addAll(check.earlier(PlainOverrides.of(bpf, cgroups, instances, request, loaded.programs()), old));
            notes.addAll(Warnings.of(request.policy(), sysctls, sockets));
            return new ApplyResult(
                    request.name(),
                    0,
                    0,
                    request.cgroups(),
                    loaded.programs().keySet().stream().map(Hook::word).toList(),
                    notes,
                    // A check before an apply is not shown.
                    request.chooses(ApplyChoice.DRY_RUN)
                            ? new Preview(bpf, folder, request).changes(old, targets, values, loaded)
                            : List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    request.policy().plain(),
                    Optional.empty(),
                    List.of());
        } finally {
            btf.ifPresent(Fd::close);
        }
    }

    private static Optional<Integer> inForce(InstanceFolder folder) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return Optional.empty();
        }
        try (ControlWord word = control.get()) {
            return word.hi() == 0 ? Optional.empty() : Optional.of(word.hi());
        }
    }
}
