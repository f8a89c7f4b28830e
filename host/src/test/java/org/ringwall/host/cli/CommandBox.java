// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.Guard;

/** Pins, an object and a cgroup for commands, removed on close. */
final class CommandBox implements AutoCloseable {
    final Path pins;
    final String object;
    final LoaderHost host;
    final Cgroup top;

    /** Creates a box whose object denies connects to port 9. */
    CommandBox(String name, Path dir) throws IOException {
        String tag = "rw" + name + "-" + ProcessHandle.current().pid();
        pins = BpffsPins.MOUNT.resolve(tag);
        host = LoaderHost.ofThisMachine(pins);
        top = host.hierarchy().create(host.cgroups().own(), tag);
        Path file = dir.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("web", 9)));
        object = file.toString();
    }

    /** Creates a child of the box's cgroup. */
    Cgroup cgroup(String name) {
        return host.hierarchy().create(top, name);
    }

    /** Returns the output of a command that runs in this process. */
    String ringwall(int code, String... args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = new Ringwall(() -> LoaderHost.ofThisMachine(pins), stream, stream).execute(args);
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isEqualTo(code);
        return text;
    }

    /** Returns the ids of the programs attached to the cgroup for IPv4 and IPv6 connects. */
    List<Integer> attached(Cgroup cgroup) {
        try (Fd fd = host.hierarchy().open(cgroup)) {
            return List.of(Hook.CONNECT4, Hook.CONNECT6).stream()
                    .flatMap(hook -> host.bpf().progQuery(fd, hook.attachType()).progIds().stream())
                    .toList();
        }
    }

    /**
     * Waits until the kernel has detached the programs of a removed cgroup. It does so some time
     * after rmdir(2), and until then no command forgets the cgroup: its sockets are still judged.
     */
    void awaitDetached(String policy, Cgroup removed) {
        Guard.await(
                "the kernel has detached the programs",
                () -> host.instances().stream()
                        .filter(instance -> instance.policy().equals(policy))
                        .noneMatch(instance -> attached(instance, removed)));
    }

    private boolean attached(InstanceName instance, Cgroup cgroup) {
        Path folder = host.pins().root().resolve(instance.toString());
        String suffix = "-" + HexFormat.of().toHexDigits(cgroup.id());
        return host.pins().list(folder).stream()
                .map(folder::resolve)
                .filter(Files::isDirectory)
                .flatMap(inside -> host.pins().list(inside).stream().map(inside::resolve))
                .filter(pin -> pin.toString().endsWith(suffix))
                .filter(pin -> !Files.isDirectory(pin))
                .anyMatch(pin -> {
                    try (Fd link = host.bpf().objGet(pin)) {
                        return host.bpf().linkInfo(link).attached();
                    }
                });
    }

    @Override
    public void close() {
        for (String name : host.pins().list(host.pins().root())) {
            host.remover().remove(InstanceName.parse(name));
        }
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(pins);
        host.hierarchy().end(top);
        host.hierarchy().remove(top);
        host.close();
    }
}
