// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.Manifest;
import org.ringwall.loader.apply.Applier;
import org.ringwall.loader.apply.Confirmer;
import org.ringwall.loader.apply.KernelSysctlTrial;
import org.ringwall.loader.apply.Members;
import org.ringwall.loader.apply.Remover;
import org.ringwall.loader.apply.SysctlTrial;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.loader.instance.AppliedObject;
import org.ringwall.loader.instance.BootClock;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.ControlWord;
import org.ringwall.loader.instance.EventStream;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Recovery;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Author;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.model.RolledBack;
import org.ringwall.loader.model.RunOrders;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.loader.programs.CgroupView;
import org.ringwall.loader.programs.ForeignWrites;
import org.ringwall.loader.programs.Holders;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.ProgramSlots;
import org.ringwall.loader.programs.ProgramTree;
import org.ringwall.loader.sockets.KernelSocketTrial;
import org.ringwall.loader.sockets.SocketKiller;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * The system interfaces through which policies are applied: BPF, pins, cgroups, host and clock.
 *
 * @param command what the instances record as the command that changed them
 * @param seen receives each roll-back that a command is the first to find
 */
public record LoaderHost(
        Bpf bpf, PinStore pins, Cgroups cgroups, Host host, BootClock clock, String command, Consumer<RolledBack> seen)
        implements AutoCloseable {
    /** The command that is recorded for programs that use the loader as a library. */
    private static final String LIBRARY = "org.ringwall.loader.api";

    /** Creates a host with its own clock. */
    public LoaderHost(Bpf bpf, PinStore pins, Cgroups cgroups, Host host) {
        this(
                bpf,
                pins,
                cgroups,
                host,
                new BootClock(bpf, Syscalls.ofThisMachine(), host::bootTime, Path.of("/proc/self")),
                LIBRARY,
                rollback -> {});
    }

    /** Returns this machine, with pins below the given folder of a bpffs. */
    public static LoaderHost ofThisMachine(Path pinBase) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Host host = new Host(syscalls);
        return new LoaderHost(new KernelBpf(syscalls), new BpffsPins(pinBase, host), Cgroups.ofThisMachine(host), host);
    }

    /** Returns this machine for a user who creates objects by a token, opened at its first use. */
    public static LoaderHost byToken(Path pinBase, Supplier<Fd> token) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Host host = new Host(syscalls);
        Bpf bpf = new KernelBpf(syscalls, Optional.of(token));
        return new LoaderHost(
                bpf, new BpffsPins(pinBase, host), Cgroups.ofThisMachine(host).searching(), host);
    }

    /** Returns the same host, whose changes are recorded as those of a command. */
    public LoaderHost by(String line) {
        return new LoaderHost(bpf, pins, cgroups, host, clock, line, seen);
    }

    /** Returns the same host, whose roll-backs are passed on when they are found. */
    public LoaderHost seeing(Consumer<RolledBack> receiver) {
        return new LoaderHost(bpf, pins, cgroups, host, clock, command, receiver);
    }

    private Recovery recovery() {
        return new Recovery(bpf, seen);
    }

    /** Returns the commands that end the wait of an unconfirmed upgrade. */
    public Confirmer confirmer() {
        return new Confirmer(bpf, pins);
    }

    /** Returns the cgroup hierarchy as an apply needs it. */
    public CgroupView view() {
        return new CgroupView() {
            @Override
            public Fd open(Cgroup cgroup) {
                return cgroups.open(cgroup);
            }

            @Override
            public List<Cgroup> upwards(Cgroup cgroup) {
                return cgroups.upwards(cgroup);
            }

            @Override
            public Lookup<Cgroup> byId(long id) {
                return cgroups.byId(id);
            }

            @Override
            public boolean isGone(long id) {
                return cgroups.isGone(id);
            }
        };
    }

    /** Returns whether the kernel confirms that the cgroup with an id was removed. */
    public boolean isGone(long cgroup) {
        return cgroups.isGone(cgroup);
    }

    /** Returns an applier, which puts policies in force. */
    public Applier applier() {
        return new Applier(bpf, pins, view(), sysctls(), sockets(), Author.ofThisProcess(command), recovery());
    }

    /**
     * Returns whether this kernel loses the value that a policy assigns to a sysctl's `new_value`;
     * false if that could not be tested.
     */
    public boolean forgetsSysctlValues() {
        return sysctls().run() == SysctlTrial.Outcome.FORGOTTEN;
    }

    private SysctlTrial sysctls() {
        return new KernelSysctlTrial(bpf, cgroups, host);
    }

    /** Returns the test of whether this host enforces policies on sockets. */
    public SocketTrial sockets() {
        return new KernelSocketTrial(bpf, cgroups, host);
    }

    /** Returns a remover, which takes policies out of force. */
    public Remover remover() {
        return new Remover(bpf, pins, view(), recovery());
    }

    /** Returns what adds cgroups to instances in force, and takes them out. */
    public Members members() {
        return new Members(bpf, pins, view(), sockets(), recovery());
    }

    /** Returns the status of every instance, by name. Changes nothing and takes no lock. */
    public List<InstanceStatus> status() {
        return new StatusReader(bpf, pins, view(), clock::now).all();
    }

    /** Returns a reader of the programs that run for cgroups, ours and others. */
    public RunOrders tree() {
        Holders holders = new Holders(bpf, Path.of("/proc"), pins.root());
        return new ProgramTree(bpf, pins, view(), () -> cgroups.find(path -> true), clock::now, holders);
    }

    /**
     * Returns whether programs are attached to a cgroup itself; empty if this process must not
     * know.
     *
     * @throws CgroupException if the cgroup was removed
     */
    public Optional<Boolean> hasPrograms(Cgroup cgroup) {
        try (Fd directory = cgroups.open(cgroup)) {
            for (Hook hook : Hook.values()) {
                try {
                    if (!bpf.progQuery(directory, hook.attachType()).progIds().isEmpty()) {
                        return Optional.of(true);
                    }
                } catch (KernelRefusedException e) {
                    if (!e.errno().is(Errno.EINVAL)) {
                        return Optional.empty();
                    }
                    // The kernel does not know the hook.
                    continue;
                }
            }
        }
        return Optional.of(false);
    }

    /**
     * Checks that this kernel can end the sockets of cgroups. It ends none.
     *
     * @throws HostException if the kernel cannot, or this process lacks CAP_NET_ADMIN
     */
    public void requireEndingSockets() {
        new SocketKiller(bpf, host, cgroups, false).require();
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
        return new SocketKiller(bpf, host, cgroups, listening).end(result.cgroups(), removed);
    }

    /**
     * Returns the hooks of cgroups with policies at which the kernel has few slots for programs
     * left.
     */
    public List<Diagnosis> crowded() {
        Instances instances = new Instances(bpf, pins);
        Map<Long, Set<Hook>> covered = new TreeMap<>();
        for (InstanceName name : instances.all()) {
            InstanceFolder folder = instances.folder(name);
            for (int generation : folder.generations()) {
                folder.linksOf(generation)
                        .places()
                        .forEach(place -> covered.computeIfAbsent(place.cgroupId(), any -> EnumSet.noneOf(Hook.class))
                                .add(place.hook()));
            }
        }
        List<Diagnosis> found = new ArrayList<>();
        covered.forEach((id, hooks) -> cgroups.byId(id)
                .found()
                .ifPresent(cgroup -> ProgramSlots.of(bpf, view(), cgroup, hooks)
                        .forEach(crowd -> found.add(
                                crowd.full()
                                        ? Diagnosis.problem("slots", crowd.sentence(), crowd.help())
                                        : Diagnosis.warning("slots", crowd.sentence(), crowd.help())))));
        return found;
    }

    /** Returns what chooses among the objects of a policy for this kernel. */
    public ObjectChooser chooser() {
        return new ObjectChooser(new KernelFeatures(bpf));
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
     * Compares what is in force of an instance with the copy of its object. Changes nothing that is
     * in force, and takes no lock.
     */
    public Comparison compare(InstanceName name) {
        return ObjectComparison.of(bpf, pins, view(), name);
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
