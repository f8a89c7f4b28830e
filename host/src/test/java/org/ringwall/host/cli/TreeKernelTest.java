// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;

/** `tree` on cgroups with programs of ours and of another owner. */
@KernelTest
class TreeKernelTest {
    private static final String FOREIGN =
            "rwtree-foreign-" + ProcessHandle.current().pid();

    @TempDir
    private Path dir = Path.of("");

    private CommandBox box() {
        return open.get(0);
    }

    private List<CommandBox> open = List.of();

    @BeforeEach
    void start() throws IOException {
        open = List.of(new CommandBox("tree", dir));
    }

    @AfterEach
    void clean() throws IOException {
        Files.deleteIfExists(BpffsPins.MOUNT.resolve(FOREIGN));
        open.forEach(CommandBox::close);
    }

    private Fd foreign() {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        return box().host
                .bpf()
                .progLoad(ProgSpec.plain(
                        "theirs",
                        Hook.CONNECT4.programType().number(),
                        Hook.CONNECT4.attachType(),
                        Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()))));
    }

    @Test
    void showsProgramsOfACgroupInExecutionOrder() {
        Cgroup parent = box().cgroup("a");
        Cgroup child = box().host.hierarchy().create(parent, "b");
        box().ringwall(0, "apply", box().object, "--instance", "base", "--cgroup", parent.toString());
        box().ringwall(0, "apply", box().object, "--cgroup", child.toString());
        try (Fd program = foreign();
                Fd directory = box().host.hierarchy().open(parent);
                Fd link = box().host.bpf().linkCreate(program, directory, Hook.CONNECT4.attachType())) {
            Path pin = BpffsPins.MOUNT.resolve(FOREIGN);
            box().host.bpf().objPin(link, pin);
            var info = box().host.bpf().progInfo(program);
            String ours = "1  web@main, generation 1\n    2  web@base, generation 1, attached to " + parent + "\n";
            String theirs = "    3  program `theirs` (id " + info.id() + ", tag " + info.tag() + "), attached to "
                    + parent + ", pinned as " + pin + ", held by process "
                    + ProcessHandle.current().pid() + " (";
            String text = box().ringwall(0, "tree", child.toString());
            assertThat(text)
                    .startsWith(child + "\n")
                    .contains("  connect4:\n    " + ours + theirs)
                    .contains("  connect6:\n    " + ours);
            assertThat(box().ringwall(0, "tree", Long.toString(child.id()))).isEqualTo(text);
            assertThat(box().ringwall(0, "tree", child.toString(), "--json"))
                    .startsWith("{\"cgroups\":[{\"cgroup\":\"" + child + "\",\"hooks\":[")
                    .contains("\"cgroup\":\"" + child + "\",\"policy\":\"web\",\"instance\":\"main\",\"generation\":1,"
                            + "\"mode\":\"decides\"}")
                    .contains("{\"id\":" + info.id() + ",\"name\":\"theirs\",\"tag\":\"" + info.tag()
                            + "\",\"cgroup\":\"" + parent + "\",\"pins\":[\"" + pin + "\"],\"processes\":[{\"pid\":");
        }
    }

    @Test
    void withoutACgroupShowsAllCgroupsWithPrograms() {
        Cgroup one = box().cgroup("one");
        Cgroup two = box().cgroup("two");
        Cgroup below = box().host.hierarchy().create(one, "below");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString(), two.toString());
        assertThat(box().ringwall(0, "tree").lines().toList())
                .contains(one.toString(), two.toString())
                .doesNotContain(below.toString());
        box().ringwall(0, "monitor", "web", "--for", "5m");
        assertThat(box().ringwall(0, "tree", below.toString()))
                .contains("1  web@main, generation 1, monitored, attached to " + one + "\n");
    }

    /** A program of another generation is attached for a moment, or after an interruption. */
    @Test
    void showsThatAProgramIsInert() throws IOException {
        Cgroup one = box().cgroup("one");
        box().ringwall(0, "apply", box().object, "--cgroup", one.toString());
        Path link;
        try (Stream<Path> pins = Files.walk(box().pins.resolve("v1/web@main/g1"))) {
            link = pins.filter(each -> each.endsWith(String.format(Locale.ROOT, "connect4-%016x", one.id())))
                    .findFirst()
                    .orElseThrow();
        }
        Path stray = box().pins.resolve("v1/web@main/g7");
        box().host.pins().createFolder(stray);
        try (Fd held = box().host.bpf().objGet(link);
                Fd program = box().host.bpf().objGet(link.resolveSibling("connect4"))) {
            box().host.bpf().objPin(program, stray.resolve("connect4"));
            Files.delete(link.resolveSibling("connect4"));
            assertThat(held.number()).isPositive();
            assertThat(box().ringwall(0, "tree", one.toString())).contains("1  web@main, generation 7, inert\n");
        }
    }
}
