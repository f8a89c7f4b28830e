// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.Syscalls;

/**
 * The delegation of BPF to a user, as files below {@code /run/ringwall/user/UID}: `user` is a bind
 * mount of a user namespace that the user owns, `bpf` a bpffs of that namespace with the delegated
 * rights, and `cgroup` a file with the id and the path of the cgroup.
 */
public final class Delegation {
    /** The folder of all delegations. Only root can write it. */
    static final Path ALL = Path.of("/run/ringwall/user");

    private static final int CAP_SYS_ADMIN = 21;

    private final long uid;
    private final Path folder;

    Delegation(Path all, long uid) {
        this.uid = uid;
        this.folder = all.resolve(Long.toString(uid));
    }

    /** Returns the delegation to the user of this process, whether or not it exists. */
    public static Delegation toThisUser() {
        return new Delegation(ALL, ownUid());
    }

    /** Returns the effective user id of this process in its user namespace. */
    public static long ownUid() {
        try {
            return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
        } catch (IOException e) {
            throw new HostException("cannot read `/proc/self`: " + IoReason.of(e), "mount /proc");
        }
    }

    /** Returns whether this process needs a delegation: it is not root and lacks CAP_SYS_ADMIN. */
    public static boolean needed() {
        try (Host host = new Host(Syscalls.ofThisMachine())) {
            return ownUid() != 0 && !host.capable(CAP_SYS_ADMIN);
        }
    }

    /**
     * Opens this host for the user of this process: with the delegated rights if the user needs and
     * has them, else with these pins.
     */
    public static LoaderHost host(Path pins) {
        return needed() && toThisUser().exists() ? toThisUser().open() : LoaderHost.ofThisMachine(pins);
    }

    /** Returns, for root, the uids that have policies of their own; empty for any other user. */
    public static List<Long> uidsWithPolicies() {
        if (ownUid() != 0 || !Files.isDirectory(ALL)) {
            return List.of();
        }
        try (Stream<Path> users = Files.list(ALL)) {
            return users.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(name -> name.matches("[0-9]{1,10}"))
                    .map(Long::valueOf)
                    .filter(uid ->
                            Files.isDirectory(new Delegation(ALL, uid).bpffs().resolve("ringwall")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Refuses a user who needs a delegation and has none. */
    public static void require() {
        if (needed() && !toThisUser().exists()) {
            long uid = ownUid();
            throw new HostException(
                    "the user with uid " + uid
                            + " may not load BPF programs, and root has not delegated it in this boot",
                    "as root: ringwall prepare --user " + uid + "; or run this as root");
        }
    }

    /** Opens the host with the delegated rights. */
    private LoaderHost open() {
        return LoaderHost.byToken(bpffs().resolve("ringwall"), this::token);
    }

    private Fd token() {
        List<String> enter = List.of("nsenter", "--user=" + namespace(), "--preserve-credentials", "--");
        try (Host host = new Host(Syscalls.ofThisMachine());
                NamespaceProcess process = NamespaceProcess.start(
                        host,
                        enter,
                        List.of(InNamespace.TOKEN, bpffs().toString()),
                        "as root: ringwall prepare --remove --user " + uid + ", then ringwall prepare --user " + uid)) {
            return process.opened();
        }
    }

    /** Returns whether the delegation is complete: both mounts exist. */
    boolean exists() {
        try {
            return Files.exists(bpffs())
                    && Files.getFileStore(bpffs()).type().equals("bpf")
                    && Files.exists(namespace())
                    && Files.getFileStore(namespace()).type().equals("nsfs");
        } catch (IOException e) {
            return false;
        }
    }

    long uid() {
        return uid;
    }

    Path folder() {
        return folder;
    }

    Path bpffs() {
        return folder.resolve("bpf");
    }

    Path namespace() {
        return folder.resolve("user");
    }

    Path cgroup() {
        return folder.resolve("cgroup");
    }
}
