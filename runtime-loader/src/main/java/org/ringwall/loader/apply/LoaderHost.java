package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.List;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.loader.cgroup.Lookup;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.Syscalls;

/** The machine that policies are applied to: its BPF, its pins, its cgroups. */
public record LoaderHost(Bpf bpf, PinStore pins, Cgroups cgroups, Host host, BootClock clock) implements AutoCloseable {
    /** The machine with a clock of its own. */
    public LoaderHost(Bpf bpf, PinStore pins, Cgroups cgroups, Host host) {
        this(
                bpf,
                pins,
                cgroups,
                host,
                new BootClock(bpf, Syscalls.ofThisMachine(), host::bootTime, Path.of("/proc/self")));
    }

    /** This machine, with pins below the given folder of a bpffs. */
    public static LoaderHost ofThisMachine(Path pinBase) {
        Syscalls syscalls = Syscalls.ofThisMachine();
        Host host = new Host(syscalls);
        return new LoaderHost(new KernelBpf(syscalls), new BpffsPins(pinBase, host), Cgroups.ofThisMachine(host), host);
    }

    /** The hierarchy, as applying needs it. */
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
        };
    }

    /** Puts policies in force. */
    public Applier applier() {
        return new Applier(bpf, pins, view(), sysctls());
    }

    /** Whether this kernel forgets what a policy assigns to a sysctl's `new_value`; false where that could not be tried. */
    public boolean forgetsSysctlValues() {
        return sysctls().run() == SysctlTrial.Outcome.FORGOTTEN;
    }

    private SysctlTrial sysctls() {
        return new KernelSysctlTrial(bpf, cgroups, host);
    }

    /** Takes them out of force. */
    public Remover remover() {
        return new Remover(bpf, pins, view());
    }

    /** Tells what is in force. */
    public StatusReader status() {
        return new StatusReader(bpf, pins, view(), clock::now);
    }

    /** The time in ns by which programs go; an exception where it cannot be determined. */
    public long bootTime() {
        return clock.now()
                .orElseThrow(() -> new HostException(
                        "the time by which programs go cannot be determined in this time namespace",
                        "run this as root, or outside of the namespace"));
    }

    /** Opens an instance to look at what it keeps. */
    public InstanceState state(InstanceName name) {
        return InstanceState.open(bpf, pins, name);
    }

    /** Opens an instance to change what it keeps, with its lock held. */
    public InstanceState change(InstanceName name) {
        return InstanceState.change(bpf, pins, name);
    }

    /** Becomes the one reader of an instance's records. */
    public EventStream events(InstanceName name) {
        return EventStream.open(bpf, state(name));
    }

    @Override
    public void close() {
        clock.close();
        if (bpf instanceof KernelBpf kernel) {
            kernel.close();
        }
    }
}
