// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.samples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bench.Owned;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.verdict.Maps;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * All programs of one contestant in force on its own child cgroup. {@link #close} removes all of
 * them.
 */
public final class Whole implements AutoCloseable {
    private static final String INSTANCE = "bench";

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final Host host = new Host(syscalls);
    private final Owned owned = new Owned();
    private final Map<Hook, Fd> programs = new EnumMap<>(Hook.class);
    private final String title;
    private final KernelBpf bpf;
    private final ChildCgroup cgroup;
    private final Fd directory;
    private Optional<LoaderHost> loader = Optional.empty();
    private Optional<InstanceName> instance = Optional.empty();

    private Whole(String title) {
        this.title = title;
        this.cgroup = own(ChildCgroup.make());
        this.bpf = own(new KernelBpf(syscalls));
        this.directory = own(host.openDirectory(cgroup.path()));
    }

    /** Puts an object of ringwallc in force at all its hooks, as `ringwall apply` does. */
    public static Whole policy(String title, Bytes elf) {
        Whole whole = new Whole(title);
        return whole.orClosed(() -> whole.apply(elf));
    }

    /**
     * Puts the object of a C file in force. libbpf loads it, and each function is attached to the
     * hook that it is named after.
     */
    public static Whole object(String title, Path object) {
        Whole whole = new Whole(title);
        return whole.orClosed(() -> whole.load(object));
    }

    /** Puts one program in force, with maps created for it. */
    public static Whole plain(String title, PlainProgram program) {
        Whole whole = new Whole(title);
        return whole.orClosed(() -> whole.load(program));
    }

    /** Puts a program that allows everything in force at each hook. */
    public static Whole empty(Set<Hook> hooks) {
        Whole whole = new Whole("empty");
        return whole.orClosed(() -> hooks.forEach(whole::letThrough));
    }

    private Whole orClosed(Runnable operation) {
        try {
            operation.run();
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void apply(Bytes elf) {
        Path base = pins();
        LoaderHost applying = new LoaderHost(bpf, new BpffsPins(base, host), KernelCgroups.ofThisMachine(host), host);
        PolicyObject policy = policy(elf);
        applying.applier().apply(new ApplyRequest(policy, INSTANCE, List.of(cgroup.cgroup()), Map.of(), false));
        InstanceName name = new InstanceName(policy.policy(), INSTANCE);
        own(() -> applying.remover().remove(name));
        loader = Optional.of(applying);
        instance = Optional.of(name);
        for (Hook hook : policy.programs().keySet()) {
            List<Integer> ids = bpf.progQuery(directory, hook.attachType()).progIds();
            if (ids.size() != 1) {
                throw new IllegalStateException("programs " + ids + " at " + hook + " where one was attached");
            }
            programs.put(hook, own(bpf.progById(ids.get(0))));
        }
    }

    private static PolicyObject policy(Bytes elf) {
        try {
            return PolicyObject.of(ObjectReader.read(elf.toArray()));
        } catch (ObjectFormatException e) {
            throw new IllegalStateException("an object of ringwallc", e);
        }
    }

    private void load(Path object) {
        Path folder = pins();
        own(() -> unpin(folder));
        run(List.of("bpftool", "prog", "loadall", object.toString(), folder.toString()));
        try (Stream<Path> pinned = Files.list(folder)) {
            for (Path pin : pinned.toList()) {
                Hook hook = Hook.ofWord(pin.getFileName().toString())
                        .orElseThrow(() -> new IllegalStateException(pin + " is named after no hook"));
                attach(hook, own(bpf.objGet(pin)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void letThrough(Hook hook) {
        load(PlainProgram.listing(hook, "r0 = 1\nexit\n"));
    }

    private void load(PlainProgram plain) {
        Hook hook = plain.hook();
        List<Fd> maps = new ArrayList<>();
        plain.maps().forEach(map -> maps.add(own(new Maps(syscalls).make(bpf, map))));
        Bytes code = plain.code(place -> maps.get(place).number());
        attach(hook, own(bpf.progLoad(ProgSpec.plain("bench", hook.programType().number(), hook.attachType(), code))));
    }

    private void attach(Hook hook, Fd program) {
        own(bpf.linkCreate(program, directory, hook.attachType()));
        programs.put(hook, program);
    }

    private static Path pins() {
        return Path.of("/sys/fs/bpf/ringwall-bench-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    }

    private static void unpin(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> pinned = Files.list(folder)) {
                for (Path pin : pinned.toList()) {
                    Files.delete(pin);
                }
            }
            Files.delete(folder);
        }
    }

    /** Runs a command, which must succeed. */
    public static void run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ":\n" + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns its name in tables. */
    public String title() {
        return title;
    }

    /** Returns the hooks that it is attached to. */
    public Set<Hook> hooks() {
        return programs.keySet();
    }

    /** Returns the kernel's statistics of its program at a hook. */
    public ProgramStats stats(Hook hook) {
        return ProgramStats.of(syscalls, program(hook));
    }

    private Fd program(Hook hook) {
        Fd program = programs.get(hook);
        if (program == null) {
            throw new IllegalArgumentException(title + " has no program at " + hook);
        }
        return program;
    }

    /** Returns the directory of its cgroup. */
    public Path cgroup() {
        return cgroup.path();
    }

    /** Returns its access to bpf(2). */
    public Bpf bpf() {
        return bpf;
    }

    /** Returns the ids of the maps that its program at a hook uses. */
    public List<Integer> mapIds(Hook hook) {
        return bpf.progInfo(program(hook)).mapIds();
    }

    /** Opens a map that one of its programs uses, by the name in its object. */
    public Fd map(String name) {
        for (Hook hook : hooks()) {
            for (int id : mapIds(hook)) {
                Fd map = bpf.mapById(id);
                if (bpf.mapInfo(map).name().equals(name)) {
                    return map;
                }
                map.close();
            }
        }
        throw new IllegalArgumentException(title + " has no map " + name);
    }

    /** Returns the loader that put the policy in force. */
    public LoaderHost loader() {
        return loader.orElseThrow(() -> new IllegalArgumentException(title + " is not a policy"));
    }

    /** Returns the name of the policy's instance on this machine. */
    public InstanceName instance() {
        return instance.orElseThrow(() -> new IllegalArgumentException(title + " is not a policy"));
    }

    /** Moves a process into the cgroup. */
    void enter(long pid) {
        enter(cgroup, pid);
    }

    /** Moves a process into a cgroup. */
    static void enter(ChildCgroup cgroup, long pid) {
        try {
            Files.writeString(cgroup.path().resolve("cgroup.procs"), Long.toString(pid));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        return owned.add(resource);
    }

    @Override
    public void close() {
        owned.close(title);
    }
}
