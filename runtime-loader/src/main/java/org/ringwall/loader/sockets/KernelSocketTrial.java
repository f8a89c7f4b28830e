// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.cgroup.TrialCgroup;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.SocketTrial;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.LoopbackListener;
import org.ringwall.sys.NetlinkSocket;
import org.ringwall.sys.SyscallException;

/**
 * A socket trial by sock_diag(7), which reports the cgroup of a listener that this process has just
 * opened. That takes 0.3 ms and no privilege.
 *
 * <p>It shows nothing to a process in the root cgroup, to which unmatched sockets belong. There a
 * thread enters a child cgroup, at which a program refuses to create sockets, and creates one.
 */
public final class KernelSocketTrial implements SocketTrial {
    /**
     * The id of the root cgroup: the first number that {@code __kernfs_new_node} gives is 1.
     */
    private static final long ROOT = 1;

    /**
     * The first kernel whose sockets have room for the cgroup beside what net_prio and net_cls
     * store ({@code struct sock_cgroup_data}).
     */
    private static final KernelVersion MATCHES = new KernelVersion(5, 15);

    private static final Pattern RELEASE = Pattern.compile("^([0-9]{1,4})\\.([0-9]{1,4})");
    private static final String THREADS = "cgroup.threads";

    private final Bpf bpf;
    private final KernelCgroups cgroups;
    private final Host host;

    /** Creates a trial on a host. */
    public KernelSocketTrial(Bpf bpf, KernelCgroups cgroups, Host host) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.host = host;
    }

    @Override
    public Outcome run() {
        return tried(true);
    }

    @Override
    public Outcome glance() {
        return tried(false);
    }

    private Outcome tried(boolean making) {
        Outcome found = found(making);
        return found == Outcome.UNKNOWN && !mayLose() ? Outcome.MATCHED : found;
    }

    /** Returns whether this kernel is before 5.15, or of a version that is not known. */
    private static boolean mayLose() {
        try {
            Matcher release = RELEASE.matcher(Files.readString(Path.of("/proc/sys/kernel/osrelease")));
            return !release.find()
                    || !new KernelVersion(Integer.parseInt(release.group(1)), Integer.parseInt(release.group(2)))
                            .atLeast(MATCHES);
        } catch (IOException e) {
            return true;
        }
    }

    private Outcome found(boolean making) {
        OptionalLong reported = reported();
        if (reported.isPresent() && reported.getAsLong() != ROOT) {
            // A thread of a threaded cgroup may be in another one than its process.
            return Outcome.MATCHED;
        }
        try {
            if (cgroups.own().id() != ROOT) {
                return reported.isPresent() ? Outcome.LOST : Outcome.UNKNOWN;
            }
            return making ? inChild() : Outcome.UNKNOWN;
        } catch (CgroupException e) {
            return Outcome.UNKNOWN;
        }
    }

    /** Returns the cgroup of a new listener; empty if sock_diag does not say so. */
    private OptionalLong reported() {
        try (LoopbackListener listener = host.openLoopbackListener();
                NetlinkSocket link = host.openDiagnostics()) {
            link.send(DiagMessages.listener(listener.port()));
            return DiagMessages.cgroup(link.receive());
        } catch (SyscallException e) {
            return OptionalLong.empty();
        }
    }

    private Outcome inChild() {
        try (TrialCgroup place = TrialCgroup.make(cgroups)) {
            // If a program of the root cgroup refuses this one, it would refuse the other, too.
            host.openDatagramSocket().close();
            Cgroup child = place.cgroup();
            write(child.path().resolve("cgroup.type"), "threaded");
            List<Insn> denial = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(0)), new Insn.Exit());
            Bytes code = Bytes.of(InsnCodec.encode(denial, ByteOrder.nativeOrder()));
            Hook hook = Hook.SOCK_CREATE;
            ProgSpec spec = ProgSpec.plain("ringwall_trial", hook.programType().number(), hook.attachType(), code);
            try (Fd program = bpf.progLoad(spec);
                    Fd link = bpf.linkCreate(program, place.directory(), hook.attachType())) {
                Outcome outcome = inThreadOf(child);
                bpf.linkDetach(link);
                return outcome;
            }
        } catch (IOException | CgroupException | KernelRefusedException | SyscallException e) {
            return Outcome.UNKNOWN;
        }
    }

    /** Creates a socket in a thread that enters a threaded cgroup below that of the process. */
    private Outcome inThreadOf(Cgroup child) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        new Thread(() -> outcome.complete(inThisThread(child)), "ringwall-trial").start();
        // Cannot be interrupted, so that the cgroup is empty when it is removed.
        return outcome.join();
    }

    private Outcome inThisThread(Cgroup child) {
        try {
            // 0 is the thread that writes it.
            write(child.path().resolve(THREADS), "0");
            try {
                host.openDatagramSocket().close();
                return Outcome.LOST;
            } catch (SyscallException e) {
                return e.errno().is(Errno.EPERM) ? Outcome.MATCHED : Outcome.UNKNOWN;
            } finally {
                // A thread that has ended keeps its cgroup for a moment.
                write(cgroups.own().path().resolve(THREADS), "0");
            }
        } catch (IOException | RuntimeException e) {
            // Thrown here, an exception would leave the other thread waiting.
            return Outcome.UNKNOWN;
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.US_ASCII));
    }
}
