// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.object.Release;
import org.ringwall.host.container.DockerRuntimes;
import org.ringwall.host.unit.UnitFiles;
import org.ringwall.loader.api.Loader;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.Mounts;

/**
 * An examination of this host and of the policies in force. It changes nothing: probes load
 * programs and maps without names in any file system, and close them at once. None is attached,
 * except in the root cgroup one to a new cgroup, which is removed again ({@link SocketTrial}). What
 * this process may not see is a warning, and the rest is examined all the same.
 */
public final class Doctor {
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;
    private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");
    private static final String AS_ROOT = "run as root in the initial user namespace";

    /** Capabilities by their numbers in include/uapi/linux/capability.h. */
    private static final Map<String, Integer> NEEDED = needed();

    private static final long SYS_ADMIN = 1L << 21;

    /** Those without which no policy can be applied; the others serve what commands show. */
    private static final Set<String> APPLIES = Set.of("CAP_BPF", "CAP_NET_ADMIN", "CAP_SYS_ADMIN");

    private static final String BPF = "CAP_BPF";

    private final LoaderHost host;
    private final Path proc;
    private final Path sys;

    /**
     * Creates an examination.
     *
     * @param proc the mount point of proc
     * @param sys the mount point of sysfs
     */
    Doctor(LoaderHost host, Path proc, Path sys) {
        this.host = host;
        this.proc = proc;
        this.sys = sys;
    }

    /** Returns an examination of this machine. */
    public static Doctor of(LoaderHost host) {
        return new Doctor(host, Path.of("/proc"), Path.of("/sys"));
    }

    private static Map<String, Integer> needed() {
        Map<String, Integer> needed = new LinkedHashMap<>();
        needed.put(BPF, 39);
        needed.put("CAP_NET_ADMIN", 12);
        needed.put("CAP_SYS_ADMIN", 21);
        needed.put("CAP_DAC_READ_SEARCH", 2);
        needed.put("CAP_SYSLOG", 34);
        return needed;
    }

    /** Returns what was found: first the host, then the kernel, then each instance. */
    public List<Diagnosis> examine() {
        List<Diagnosis> found = new ArrayList<>();
        found.add(Diagnosis.ok(
                "ringwall",
                "version " + Release.VERSION + " on Java " + Runtime.version().feature()));
        found.addAll(seen("kernel", this::kernel));
        found.addAll(seen("privileges", this::privileges));
        found.addAll(seen("cgroups", this::cgroups));
        found.addAll(seen("bpffs", this::bpffs));
        found.addAll(seen("lockdown", this::lockdown));
        found.addAll(seen("unprivileged bpf", this::unprivileged));
        found.addAll(seen("jit", this::jit));
        found.addAll(seen("terminals", this::terminals));
        host.features().forEach((subject, probe) -> found.addAll(seen(subject, probe)));
        found.addAll(seen("units", () -> new UnitHealth(UnitFiles.ofThisHost()).all()));
        found.addAll(seen("docker", () -> RuntimeHealth.of(DockerRuntimes.ofThisHost())));
        found.addAll(seen("sockets", this::sockets));
        found.addAll(seen("slots", host::crowded));
        found.addAll(seen("policies", () -> new InstanceHealth(host).all()));
        return found;
    }

    private List<Diagnosis> sockets() {
        return List.of(
                switch (host.sockets().run()) {
                    case MATCHED ->
                        Diagnosis.ok("sockets", "each belongs to the cgroup of the process that creates it");
                    case LOST -> Diagnosis.problem("sockets", SocketTrial.LOST, SocketTrial.HELP);
                    case UNKNOWN ->
                        Diagnosis.warning("sockets", SocketTrial.UNKNOWN, "run as root with tcp_diag loaded");
                });
    }

    /** Examines one subject. A refusal is a warning, since it says nothing about the subject. */
    private static List<Diagnosis> seen(String subject, Supplier<List<Diagnosis>> check) {
        try {
            return check.get();
        } catch (RuntimeException e) {
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            return List.of(Diagnosis.warning(subject, "cannot be examined: " + failure.message(), failure.help()));
        }
    }

    private List<Diagnosis> kernel() {
        String release = text(proc.resolve("sys/kernel/osrelease")).orElse("of unknown release");
        return List.of(Diagnosis.ok("kernel", release + " on " + System.getProperty("os.arch", "?")));
    }

    private long effective() {
        return text(proc.resolve("self/status")).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
    }

    private List<Diagnosis> privileges() {
        long effective = effective();
        List<String> missing = NEEDED.entrySet().stream()
                .filter(each -> (effective >>> each.getValue() & 1) == 0)
                .map(Map.Entry::getKey)
                // CAP_SYS_ADMIN includes it (bpf_capable).
                .filter(name -> !name.equals(BPF) || (effective & SYS_ADMIN) == 0)
                .toList();
        return List.of(
                missing.isEmpty()
                        ? Diagnosis.ok("privileges", "this process has those that every command needs")
                        : Diagnosis.warning(
                                "privileges",
                                "this process lacks " + String.join(" ", missing)
                                        + (missing.stream().anyMatch(APPLIES::contains)
                                                ? ": it cannot apply policies, nor see all of what follows"
                                                : ": it cannot see all of what follows"),
                                AS_ROOT));
    }

    private List<Diagnosis> cgroups() {
        Path mount;
        try {
            mount = host.cgroups().mount();
        } catch (CgroupException e) {
            return List.of(Diagnosis.problem("cgroups", String.valueOf(e.getMessage()), e.help()));
        }
        String root = mounts().of(mount).map(Mounts.Mount::root).orElse("/");
        if (!root.equals("/")) {
            return List.of(Diagnosis.warning(
                    "cgroups",
                    "`" + mount + "` shows only what is below `" + root + "`",
                    "run this where the whole cgroup2 hierarchy is mounted"));
        }
        if (host.cgroups().byId(host.cgroups().own().id()) instanceof Lookup.Unknown<Cgroup> unknown) {
            return List.of(Diagnosis.warning(
                    "cgroups",
                    "cgroup2 at `" + mount + "`, but it cannot be determined which cgroups were removed: "
                            + unknown.reason(),
                    AS_ROOT));
        }
        return List.of(Diagnosis.ok("cgroups", "cgroup2 at `" + mount + "`"));
    }

    private Mounts mounts() {
        return Mounts.parse(text(proc.resolve("self/mountinfo")).orElse(""));
    }

    private List<Diagnosis> bpffs() {
        Path mount = Loader.BPFFS;
        if (!mounts().of(mount).map(Mounts.Mount::type).equals(Optional.of("bpf"))) {
            return List.of(Diagnosis.problem(
                    "bpffs", "`" + mount + "` is not a bpffs", "mount -t bpf -o mode=0700 bpf " + mount));
        }
        Optional<Diagnosis> unusable = pins();
        if (unusable.isPresent()) {
            return List.of(unusable.get());
        }
        try {
            Map<String, Object> found = Files.readAttributes(mount, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
            int mode = found.get("mode") instanceof Integer number ? number : 0;
            boolean others = (mode & WRITABLE_BY_OTHERS) != 0;
            if (others && (mode & STICKY) == 0) {
                return List.of(Diagnosis.problem(
                        "bpffs", "any user can replace what is in `" + mount + "`", "chmod 0700 " + mount));
            }
            if (!Integer.valueOf(0).equals(found.get("uid"))) {
                return List.of(Diagnosis.problem(
                        "bpffs",
                        "`" + mount + "` belongs to the user with uid " + found.get("uid"),
                        "chown root " + mount));
            }
            return List.of(
                    others
                            ? Diagnosis.warning(
                                    "bpffs",
                                    "users other than root can create names in `" + mount + "`",
                                    "chmod 0700 " + mount)
                            : Diagnosis.ok("bpffs", "`" + mount + "`, writable by root alone"));
        } catch (IOException e) {
            throw new HostException(
                    "cannot look at `" + mount + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }

    /**
     * Returns why this process cannot keep pins; empty if it can. Root could apply no policy;
     * another user just does not see those of root.
     */
    private Optional<Diagnosis> pins() {
        boolean root = (effective() & SYS_ADMIN) != 0;
        try {
            // Throws if another user owns or can replace what is pinned.
            host.checkPins(root);
            return Optional.empty();
        } catch (HostException e) {
            if (!root) {
                throw e;
            }
            return Optional.of(Diagnosis.problem("bpffs", String.valueOf(e.getMessage()), e.help()));
        }
    }

    private List<Diagnosis> lockdown() {
        Matcher chosen =
                CHOSEN.matcher(text(sys.resolve("kernel/security/lockdown")).orElse("[none]"));
        String mode = chosen.find() ? chosen.group(1) : "none";
        if (mode.equals("confidentiality")) {
            return List.of(Diagnosis.warning(
                    "lockdown",
                    "confidentiality: policies on names of Unix sockets cannot be applied, because their programs"
                            + " read kernel memory",
                    "boot with lockdown=integrity if you need them"));
        }
        return List.of(Diagnosis.ok(
                "lockdown",
                mode.equals("none") ? "not active, or not visible here" : mode + ", which allows all policies"));
    }

    private List<Diagnosis> unprivileged() {
        Optional<String> value = text(proc.resolve("sys/kernel/unprivileged_bpf_disabled"));
        if (value.isEmpty()) {
            return List.of(Diagnosis.warning("unprivileged bpf", "it is not visible whether it is disabled", AS_ROOT));
        }
        return List.of(
                value.get().equals("0")
                        ? Diagnosis.warning(
                                "unprivileged bpf",
                                "every user can load programs, which exposes the kernel's verifier",
                                "sysctl -w kernel.unprivileged_bpf_disabled=2")
                        : Diagnosis.ok("unprivileged bpf", "disabled"));
    }

    private List<Diagnosis> jit() {
        String value = text(proc.resolve("sys/net/core/bpf_jit_enable")).orElse("");
        return List.of(
                value.equals("0")
                        ? Diagnosis.warning(
                                "jit",
                                "programs are interpreted, which makes every request slower",
                                "sysctl -w net.core.bpf_jit_enable=1")
                        : Diagnosis.ok("jit", value.isEmpty() ? "not visible here" : "programs are compiled"));
    }

    /** Kernels before 6.2 have no setting, and permit TIOCSTI. */
    private List<Diagnosis> terminals() {
        Optional<String> value = text(proc.resolve("sys/dev/tty/legacy_tiocsti"));
        if (value.equals(Optional.of("0"))) {
            return List.of(Diagnosis.ok("terminals", "processes cannot type into them (TIOCSTI)"));
        }
        return List.of(Diagnosis.warning(
                "terminals",
                "a process can type commands into the terminal of its session (TIOCSTI); ringwall run gives its"
                        + " command another session, and a pseudo-terminal",
                value.isPresent()
                        ? "sysctl -w dev.tty.legacy_tiocsti=0"
                        : "start commands by ringwall run, or in sessions of their own; Linux 6.2 can refuse it"));
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
