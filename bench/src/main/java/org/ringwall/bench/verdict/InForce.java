// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Owned;
import org.ringwall.bench.field.Image;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.field.Refusal;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/** An image in force on its own child cgroup. {@link #close} removes all of it. */
final class InForce implements AutoCloseable {
    private static final String INSTANCE = "bench";
    private static final String TOO_BIG = "E2BIG";

    /** The size in bytes from which a program's verifier log is not requested. */
    private static final int LONG_PROGRAM = 1 << 20;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final Host host = new Host(syscalls);
    private final Maps maps = new Maps(syscalls);
    private final LoadClock clock = new LoadClock();
    private final Owned owned = new Owned();
    private final KernelBpf bpf;
    private final ChildCgroup cgroup;
    private final Fd directory;

    /** The nanoseconds spent on test loads of a program. */
    private long asked;

    InForce() {
        this.cgroup = own(ChildCgroup.make());
        this.bpf = own(new KernelBpf(syscalls));
        this.directory = own(host.openDirectory(cgroup.path()));
    }

    /** An image in force, and the cost of coming into force. */
    record Attached(InForce inForce, Fd program, Cell.Costs costs) {}

    /** Puts an image in force. After a failure, {@link #close} removes what has been created. */
    Attached attach(Image image, Hook hook) throws Refusal {
        try {
            return attached(image, hook);
        } catch (KernelRefusedException e) {
            String why = e.log().flatMap(log -> log.reason()).orElse(String.valueOf(e.getMessage()));
            throw new Refusal("no load: " + e.errno().name(), why);
        } catch (SyscallException | InputException e) {
            throw new Refusal("no load", String.valueOf(e.getMessage()));
        }
    }

    private Attached attached(Image image, Hook hook) throws Refusal {
        long start = System.nanoTime();
        Fd program = image instanceof Image.Policy policy ? attach(policy, hook) : attach((Image.Plain) image);
        double ready = (System.nanoTime() - start - asked) / 1e6;
        double kib = maps.kib(bpf.progInfo(program).mapIds());
        return new Attached(this, program, new Cell.Costs(clock.milliseconds(), ready, kib));
    }

    private Fd attach(Image.Policy image, Hook hook) {
        Path base =
                Path.of("/sys/fs/bpf/ringwall-bench-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        LoaderHost loader =
                new LoaderHost(clock.watching(bpf), new BpffsPins(base, host), KernelCgroups.ofThisMachine(host), host);
        PolicyObject policy = policy(image);
        loader.applier().apply(new ApplyRequest(policy, INSTANCE, List.of(cgroup.cgroup()), Map.of(), false));
        own(() -> loader.remover().remove(new InstanceName(policy.policy(), INSTANCE)));
        List<Integer> ids = bpf.progQuery(directory, hook.attachType()).progIds();
        if (ids.size() != 1) {
            throw new IllegalStateException("programs " + ids + " where one was attached");
        }
        return own(bpf.progById(ids.get(0)));
    }

    private static PolicyObject policy(Image.Policy image) {
        try {
            return PolicyObject.of(ObjectReader.read(image.elf().toArray()));
        } catch (ObjectFormatException e) {
            throw new IllegalStateException("an object of ringwallc", e);
        }
    }

    private Fd attach(Image.Plain image) throws Refusal {
        PlainProgram plain = image.parts().read();
        List<Fd> made = new ArrayList<>();
        plain.maps().forEach(map -> made.add(own(maps.make(bpf, map))));
        Bytes code = plain.code(place -> made.get(place).number());
        Hook hook = plain.hook();
        Bpf timed = clock.watching(bpf);
        ProgSpec spec = ProgSpec.plain("bench", hook.programType().number(), hook.attachType(), code);
        requireTakable(spec);
        Fd program = own(timed.progLoad(spec));
        own(bpf.linkCreate(program, directory, hook.attachType()));
        return program;
    }

    /**
     * Requires that the kernel accepts the program, by a load without a log. The loader would
     * repeat a failed load to get its log. That takes long for a program on which the verifier
     * gives up after a million instructions, and the log of a very long program is of no use. This
     * time is not counted as the contestant's.
     */
    private void requireTakable(ProgSpec spec) throws Refusal {
        long start = System.nanoTime();
        Optional<ErrorNumber> errno = bpf.progRefusal(spec);
        asked += System.nanoTime() - start;
        if (errno.isEmpty()) {
            return;
        }
        String name = errno.get().name();
        if (name.equals(TOO_BIG) || spec.insns().size() > LONG_PROGRAM) {
            throw new Refusal(
                    "no load: " + name,
                    name.equals(TOO_BIG)
                            ? "the program, or the verifier's way through it, has more than a million instructions"
                            : "a program of " + spec.insns().size() / 8 + " instructions");
        }
    }

    /** Returns the cgroup of the processes and sockets to which the program applies. */
    Path cgroup() {
        return cgroup.path();
    }

    private synchronized <T extends AutoCloseable> T own(T resource) {
        return owned.add(resource);
    }

    @Override
    public synchronized void close() {
        owned.close("a contestant");
    }
}
