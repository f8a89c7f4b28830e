// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Attached;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.Scripts;

/** The kernel objects of a test: cgroups, pins and listening ports, removed on close. */
public final class KernelBox implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String tag = "rwtest-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    public final Path pinBase = BpffsPins.MOUNT.resolve(tag);
    public final LoaderHost host = LoaderHost.ofThisMachine(pinBase);
    private final List<Cgroup> made = new ArrayList<>();
    private final List<ServerSocket> listening = new ArrayList<>();

    public Cgroup cgroup(String name) {
        return cgroup(host.cgroups().own(), tag + "-" + name);
    }

    Cgroup cgroup(Cgroup parent, String name) {
        Cgroup cgroup = host.cgroups().create(parent, name);
        made.add(0, cgroup);
        return cgroup;
    }

    int listen() {
        try {
            ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
            listening.add(server);
            return server.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the result of a connect from inside the cgroup: `ok` or the name of the errno. */
    String connect(Cgroup cgroup, int port) {
        String script = "import socket,errno\ns=socket.socket()\ntry:\n s.connect(('127.0.0.1'," + port
                + "))\n print('ok')\nexcept OSError as e:\n print(errno.errorcode[e.errno])\n";
        return script(cgroup, script);
    }

    /** Returns the output of a Python script that runs inside the cgroup. */
    static String script(Cgroup cgroup, String script, Object... words) {
        return Scripts.run(Path.of(""), cgroup.path(), Set.of(), script, words)
                .output()
                .strip();
    }

    /** Returns the output of a command that runs inside the cgroup. */
    String run(Cgroup cgroup, String... command) {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "echo $$ > \"$0\" && exec \"$@\""));
        words.add(cgroup.path().resolve("cgroup.procs").toString());
        words.addAll(List.of(command));
        try {
            Process child = new ProcessBuilder(words).redirectErrorStream(true).start();
            String out = new String(child.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            Guard.exit(child);
            return out.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Attached attached(Cgroup cgroup, Hook hook) {
        try (Fd fd = host.view().open(cgroup)) {
            return host.bpf().progQuery(fd, hook.attachType());
        }
    }

    /**
     * Waits until the kernel has released the cgroups of an instance, which happens some time after
     * their removal.
     */
    void awaitRelease(String instance) {
        InstanceFolder folder = new InstanceFolder(host.bpf(), host.pins(), InstanceName.parse(instance));
        Guard.await(
                "the kernel has released the links",
                () -> folder.links(1).values().stream().noneMatch(link -> link.attached()));
    }

    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> pins() {
        if (!Files.exists(pinBase)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(pinBase)) {
            return all.map(pinBase::relativize).map(Path::toString).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (String name : host.pins().list(host.pins().root())) {
            host.remover().remove(InstanceName.parse(name));
        }
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(pinBase);
        for (Cgroup cgroup : made) {
            host.cgroups().end(cgroup);
            host.cgroups().remove(cgroup);
        }
        for (ServerSocket server : listening) {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        host.close();
    }

    /**
     * Returns what `recover` printed without the empty cgroups of runs that it removed. These may
     * be of other tests, which share the cgroups of the machine.
     */
    public static String withoutRuns(String recovered) {
        return recovered.replaceAll("`[^`\n]*` was left by an interrupted (?:run|command): removed\n", "");
    }
}
