// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.Manifest;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.Confirmer;
import org.ringwall.loader.apply.KernelSysctlTrial;
import org.ringwall.loader.apply.Members;
import org.ringwall.loader.apply.Remover;
import org.ringwall.loader.apply.SysctlTrial;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.loader.instance.BootClock;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.EventStream;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.ConfirmResult;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.HeldPolicy;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.model.MemberChange;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.model.ObjectFit;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.model.RolledBack;
import org.ringwall.loader.model.RunOrders;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.programs.ForeignWrites;
import org.ringwall.loader.programs.Holders;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.ProgramTree;
import org.ringwall.loader.sockets.KernelSocketTrial;
import org.ringwall.loader.sockets.SocketKiller;
import org.ringwall.loader.trust.Trust;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * The system interfaces through which policies are applied: BPF, pins, cgroups, host and clock.
 *
 * @param command what the instances record as the command that changed them
 * @param seen receives each roll-back that a command is the first to find
 * @param trust the keys that this host trusts
 */
public record LoaderHost(
        Bpf bpf,
        PinStore pins,
        KernelCgroups hierarchy,
        Host host,
        BootClock clock,
        String command,
        Consumer<RolledBack> seen,
        TrustFiles trust)
        implements AutoCloseable {
    /** The command that is recorded for programs that use the loader as a library. */
    private static final String LIBRARY = "org.ringwall.loader.api";

    /** Creates a host with its own clock. */
    public LoaderHost(Bpf bpf, PinStore pins, KernelCgroups cgroups, Host host) {
        this(
                bpf,
                pins,
                cgroups,
                host,
                new BootClock(bpf, Syscalls.ofThisMachine(), host::bootTime, Path.of("/proc/self")),
                LIBRARY,
                rollback -> {},
                TrustFiles.ofThisHost());
    }

    /** Returns this machine, with pins below the given folder of a bpffs. */
    public static LoaderHost ofThisMachine(Path pinBase) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Host host = new Host(syscalls);
        return new LoaderHost(
                new KernelBpf(syscalls), new BpffsPins(pinBase, host), KernelCgroups.ofThisMachine(host), host);
    }

    /** Returns this machine for a user who creates objects by a token, opened at its first use. */
    public static LoaderHost byToken(Path pinBase, Supplier<Fd> token) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Host host = new Host(syscalls);
        Bpf bpf = new KernelBpf(syscalls, Optional.of(token));
        return new LoaderHost(
                bpf,
                new BpffsPins(pinBase, host),
                KernelCgroups.ofThisMachine(host).searching(),
                host);
    }

    /** Returns the same host, whose changes are recorded as those of a command. */
    public LoaderHost by(String line) {
        return new LoaderHost(bpf, pins, hierarchy, host, clock, line, seen, trust);
    }

    /** Returns the same host, whose roll-backs are passed on when they are found. */
    public LoaderHost seeing(Consumer<RolledBack> receiver) {
        return new LoaderHost(bpf, pins, hierarchy, host, clock, command, receiver, trust);
    }

    /** Returns the same host with other keys and another record of versions. */
    public LoaderHost trusting(TrustFiles files) {
        return new LoaderHost(bpf, pins, hierarchy, host, clock, command, seen, files);
    }

    private Recovery recovery() {
        return new Recovery(bpf, seen);
    }

    /** Returns the commands that end the wait of an unconfirmed upgrade. */
    public Confirmer confirmer() {
        return new Confirmer(bpf, pins);
    }

    /** Returns the cgroup hierarchy. */
    public Cgroups cgroups() {
        return hierarchy;
    }

    /** Returns whether the kernel confirms that the cgroup with an id was removed. */
    public boolean isGone(long cgroup) {
        return hierarchy.isGone(cgroup);
    }

    /**
     * Applies a policy. After an exception, what was in force before is still in force, and nothing
     * else.
     */
    public ApplyResult apply(ApplyRequest request) {
        return applier().apply(request);
    }

    /** Applies a policy and keeps the lock of its instance. */
    public HeldPolicy applyAndHold(ApplyRequest request) {
        Applier.Held held = applier().applyAndHold(request);
        return new HeldPolicy() {
            @Override
            public ApplyResult result() {
                return held.result();
            }

            @Override
            public void remove() {
                remover().remove(held);
            }

            @Override
            public void close() {
                held.close();
            }
        };
    }

    /** Returns an applier, which puts policies in force. */
    public Applier applier() {
        return new Applier(bpf, pins, hierarchy, sysctls(), sockets(), Author.ofThisProcess(command), recovery());
    }

    /**
     * Returns whether this kernel loses the value that a policy assigns to a sysctl's `new_value`;
     * false if that could not be tested.
     */
    public boolean forgetsSysctlValues() {
        return sysctls().run() == SysctlTrial.Outcome.FORGOTTEN;
    }

    private SysctlTrial sysctls() {
        return new KernelSysctlTrial(bpf, hierarchy);
    }

    /** Returns the test of whether this host enforces policies on sockets. */
    public SocketTrial sockets() {
        return new KernelSocketTrial(bpf, hierarchy, host);
    }

    /** Returns a remover, which takes policies out of force. */
    public Remover remover() {
        return new Remover(bpf, pins, hierarchy, recovery());
    }

    /**
     * Takes an instance out of force everywhere, and removes its state.
     *
     * @throws InputException if it does not exist
     */
    public void remove(InstanceName name) {
        remover().remove(name);
    }

    /**
     * Completes or undoes what killed commands have left, of instances that no process has locked.
     *
     * @param abandoned removes the cgroup of a killed {@code run} if nothing runs in it, and
     *     returns whether it did
     * @return a line for each thing that was done
     */
    public List<String> recover(Predicate<Cgroup> abandoned) {
        sweepRuns(abandoned);
        return remover().recover();
    }

    /** Removes the instances of a killed {@code run}; see {@link #recover}. */
    public void sweepRuns(Predicate<Cgroup> abandoned) {
        remover().sweepRuns(abandoned);
    }

    /**
     * Makes a version that waits to be confirmed stay, and removes the one before it.
     *
     * @throws InputException if there is no version to confirm
     * @throws HostException if its version cannot be recorded: it then waits as before
     */
    public ConfirmResult confirm(InstanceName name) {
        Supplier<List<Provenance>> others = () -> status().stream()
                .filter(each -> each.name().policy().equals(name.policy())
                        && !each.name().equals(name))
                .flatMap(each -> each.origin().stream())
                .toList();
        return confirmer().confirm(name, Trust.of(trust, false), others);
    }

    /**
     * Puts the version before in force again at once. After a roll-back by the kernel, records only
     * that the user knows of it.
     *
     * @throws InputException if there is nothing to roll back
     */
    public ConfirmResult rollBack(InstanceName name) {
        return confirmer().rollBack(name);
    }

    /**
     * Puts an instance in force on further cgroups. Those where it is in force already are left as
     * they are. After an exception it is in force where it was before, and nowhere else.
     *
     * @param acceptForeign whether programs of other owners that can override denials are accepted
     * @throws InputException if the instance is not in force
     * @throws HostException if a version of it is not confirmed, or the kernel or a program of
     *     another owner is in the way
     */
    public MemberChange join(InstanceName name, List<Cgroup> targets, boolean acceptForeign) {
        return members().join(name, targets, acceptForeign);
    }

    /**
     * Puts an instance in force on further cgroups, each for itself: one that is removed meanwhile,
     * or where something is in the way, is among the refused ones, and does not keep it from the
     * others.
     */
    public MemberChange joinEach(InstanceName name, List<Cgroup> targets, boolean acceptForeign) {
        return members().joinEach(name, targets, acceptForeign);
    }

    /**
     * Puts an instance in force on the cgroup of a container that names it. It stays in force there
     * when the instance is brought to a list of other cgroups, until it leaves or is removed.
     */
    public MemberChange joinByItself(InstanceName name, Cgroup container) {
        return members().joinByItself(name, container);
    }

    /** Returns the cgroups that joined an instance by themselves, as far as they still exist. */
    public List<Cgroup> joinedByThemselves(InstanceName name) {
        return members().joinedByThemselves(name);
    }

    /**
     * Ends an instance on some of its cgroups.
     *
     * @throws InputException if it is not in force on one of them, or on no other; then nothing was
     *     changed
     * @throws HostException if a version of it is not confirmed
     */
    public MemberChange leave(InstanceName name, List<Cgroup> targets) {
        return members().leave(name, targets);
    }

    /**
     * Forgets the cgroups of an instance that were removed.
     *
     * @return a sentence for each of them
     * @throws InputException if the instance is not in force
     */
    public List<String> dropRemoved(InstanceName name) {
        return members().dropRemoved(name);
    }

    /**
     * Forgets some cgroups of an instance, as far as they were removed.
     *
     * @param ids those of cgroups, which need not be of the instance
     * @return the ids of those that are not of the instance after this
     * @throws InputException if the instance is not in force
     */
    public Set<Long> dropRemoved(InstanceName name, Set<Long> ids) {
        return members().dropRemoved(name, ids);
    }

    /**
     * Checks that no other user owns or can replace the pins of instances.
     *
     * @param writable whether pins must also be writable
     * @throws HostException if a check fails
     */
    public void checkPins(boolean writable) {
        pins.list(pins.root());
        if (writable) {
            pins.checkWritable(BpffsPins.MOUNT);
            pins.checkWritable(pins.root());
        }
    }

    /** Returns what adds cgroups to instances in force, and takes them out. */
    public Members members() {
        return new Members(bpf, pins, hierarchy, sockets(), recovery());
    }

    /** Returns the status of every instance, by name. Changes nothing and takes no lock. */
    public List<InstanceStatus> status() {
        return new StatusReader(bpf, pins, hierarchy, clock::now).all();
    }

    /** Returns a reader of the programs that run for cgroups, ours and others. */
    public RunOrders tree() {
        return programs();
    }

    private ProgramTree programs() {
        Holders holders = new Holders(bpf, Path.of("/proc"), pins.root());
        return new ProgramTree(bpf, pins, hierarchy, () -> hierarchy.find(path -> true), clock::now, holders);
    }

    /**
     * Checks that this kernel can end the sockets of cgroups. It ends none.
     *
     * @throws HostException if the kernel cannot, or this process lacks CAP_NET_ADMIN
     */
    public void requireEndingSockets() {
        new SocketKiller(bpf, host, hierarchy, false).require();
    }

    /**
     * Ends the TCP and UDP sockets of the cgroups at which a policy was put in force, of their
     * descendants, and of removed cgroups that it covers. Their connections may not be allowed any
     * more.
     *
     * @param listening whether listening TCP sockets are ended too
     * @throws HostException if some sockets could not be listed or ended
     */
    public EndedSockets endSockets(ApplyResult result, boolean listening) {
        Set<Long> removed =
                new InstanceFolder(bpf, pins, result.name()).removedPlaces().of((int) result.generation());
        return new SocketKiller(bpf, host, hierarchy, listening).end(result.cgroups(), removed);
    }

    /**
     * Returns the hooks of cgroups with policies at which the kernel has few slots for programs
     * left.
     */
    public List<Diagnosis> crowded() {
        return CrowdedHooks.of(bpf, pins, hierarchy);
    }

    /**
     * Returns the checks of what this kernel offers to policies, by subject. Each throws a
     * LoaderException if the kernel refuses it.
     */
    public Map<String, Supplier<List<Diagnosis>>> features() {
        return new KernelFeatures(bpf).probes(() -> hierarchy.open(hierarchy.own()));
    }

    /**
     * Returns whether programs of any owner are attached to a cgroup. Their pins may be in a bpffs
     * that this process does not see. Empty if the kernel does not say so to a process without
     * CAP_NET_ADMIN.
     *
     * @throws LoaderException if the kernel refuses for another reason
     */
    public Optional<Boolean> hasPrograms(Cgroup cgroup) {
        try {
            return Optional.of(programs().hasPrograms(cgroup));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EPERM)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Reads the policies of an object or a bundle, and chooses the object of each for this kernel.
     *
     * @param admission decides whether the file may be applied
     * @throws InputException if the file cannot be read, or is neither an object that this loader
     *     can apply nor a sound bundle
     * @throws HostException if it is not admitted, or the kernel lacks what a policy needs
     */
    public List<PolicyObject> read(String file, RecordedAdmission admission) {
        return choose(PolicyFile.read(file, admission));
    }

    /**
     * Chooses the object of each policy for this kernel.
     *
     * @throws HostException if the kernel lacks what each object of a policy needs
     */
    public List<PolicyObject> choose(List<ObjectChoice> choices) {
        ObjectChooser chooser = new ObjectChooser(new KernelFeatures(bpf));
        return choices.stream().map(chooser::choose).toList();
    }

    /** Returns for each object of choices from a bundle whether it is used here, and why. */
    public List<ObjectFit> fits(List<ObjectChoice> choices) {
        ObjectChooser chooser = new ObjectChooser(new KernelFeatures(bpf));
        return choices.stream().flatMap(choice -> chooser.fits(choice).stream()).toList();
    }

    /**
     * Reads a generation whose programs are attached, and changes nothing.
     *
     * @param given the bytes of an object that the user names, in place of the copy
     * @throws HostException if the object is not known
     */
    public AppliedObject applied(InstanceName name, int generation, Optional<Bytes> given) {
        return AppliedObject.read(bpf, new InstanceFolder(bpf, pins, name), name, generation, given);
    }

    /** Returns the origin of a generation; empty if it is not known. */
    public Optional<Provenance> origin(InstanceName name, int generation) {
        return new InstanceFolder(bpf, pins, name).provenance(generation);
    }

    /**
     * Returns the bypasses that the manifest of a generation's bundle names; empty if the object is
     * not from a bundle, or the manifest cannot be read.
     */
    public Optional<List<Manifest.Bypass>> bypasses(InstanceName name, long generation) {
        try {
            Optional<byte[]> kept = new InstanceFolder(bpf, pins, name).bundle((int) generation);
            return kept.isEmpty()
                    ? Optional.empty()
                    : Bundle.manifest(Archive.of(ByteBuffer.wrap(kept.get()))).policies().stream()
                            .filter(policy -> policy.name().equals(name.policy()))
                            .findFirst()
                            .map(Manifest.PolicyEntry::bypasses);
        } catch (BundleException e) {
            // The comparison reports a manifest that is not that of the bundle.
            return Optional.empty();
        }
    }

    /**
     * Returns a comparison of what is in force of an instance with the copy of its object, whose
     * signature is verified again by the keys that this host trusts now. Changes nothing that is in
     * force, and takes no lock.
     *
     * @throws HostException if a key cannot be read
     */
    public Function<InstanceName, Comparison> comparison() {
        Trust keys = Trust.of(trust, false);
        return name -> ObjectComparison.of(bpf, pins, hierarchy, name).with(name.policy(), keys);
    }

    /** Returns how a program of another owner at a hook overrides verdicts; empty if it cannot. */
    public Optional<String> overriding(Hook hook, int program) {
        return LaterPrograms.finding(bpf, hook, program);
    }

    /** Returns whether a program of another owner may write what later programs at the hook see. */
    public boolean writes(Hook hook, int program) {
        return new ForeignWrites(bpf).at(hook, program);
    }

    /**
     * Returns the time in ns as programs read it.
     *
     * @throws HostException if it cannot be determined
     */
    public long bootTime() {
        return clock.now()
                .orElseThrow(() -> new HostException(
                        "the clock of BPF programs cannot be determined in this time namespace",
                        "run this as root, or outside the namespace"));
    }

    /** Returns the same time; empty if it cannot be determined. */
    public OptionalLong time() {
        return clock.now();
    }

    /**
     * Returns the monitor mode of an instance that has ended by itself, and that no command has
     * ended since.
     */
    public Optional<Monitoring> endedMonitoring(InstanceName name) {
        InstanceFolder folder = new InstanceFolder(bpf, pins, name);
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return Optional.empty();
        }
        try (ControlWord word = control.get()) {
            OptionalLong until = word.monitorUntil();
            OptionalLong now = until.isPresent() ? time() : until;
            return now.isPresent() && until.getAsLong() <= now.getAsLong()
                    ? Optional.of(new Monitoring(until.getAsLong(), folder.reason()))
                    : Optional.empty();
        }
    }

    /** Returns how many generations of an instance have pins; one that is at rest has one. */
    public int generations(InstanceName name) {
        return new InstanceFolder(bpf, pins, name).generations().size();
    }

    /** Returns the names of all instances, in force or not. */
    public List<InstanceName> instances() {
        return new Instances(bpf, pins).all();
    }

    /** Opens an instance to read its state. */
    public InstanceState state(InstanceName name) {
        return OpenInstance.open(bpf, pins, name);
    }

    /** Opens an instance to change its state, with its lock held. */
    public InstanceState change(InstanceName name) {
        return OpenInstance.change(bpf, pins, name, recovery());
    }

    /** Becomes the only reader of an instance's records. */
    public Events events(InstanceName name) {
        return EventStream.open(bpf, OpenInstance.open(bpf, pins, name).withContract("records"));
    }

    @Override
    public void close() {
        clock.close();
        host.close();
        if (bpf instanceof KernelBpf kernel) {
            kernel.close();
        }
    }
}
