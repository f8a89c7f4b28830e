// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.CgroupPrograms;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;

/** Several objects and places in one command. */
@KernelTest
class ManyObjectsKernelTest {
    private static final int SOCK_ADDR = 18;

    @TempDir
    Path dir = Path.of("");

    @TempDir
    static Path boxed = Path.of("");

    private final CommandBox box;
    private final Cgroup one;
    private final Cgroup two;
    private Path objects = Path.of("");
    private String a = "";
    private String b = "";

    ManyObjectsKernelTest() throws IOException {
        box = new CommandBox("many", boxed);
        one = box.cgroup("one");
        two = box.cgroup("two");
    }

    @BeforeEach
    void build() throws IOException {
        objects = Files.createDirectory(dir.resolve("objects"));
        a = write("a.o", TestObjects.denyPort4("a", 9));
        b = write("b.o", TestObjects.denyPort("b", 9));
        Files.writeString(objects.resolve("README"), "not an object");
    }

    @AfterEach
    void clean() {
        box.close();
    }

    private String write(String name, BpfObject object) throws IOException {
        Path file = objects.resolve(name);
        Files.write(file, ObjectWriter.write(object));
        return file.toString();
    }

    @Test
    void aDirectoryIsAppliedToAllCgroupsAndAListReplacesIt() {
        assertThat(box.ringwall(0, "apply", objects.toString(), "--cgroup", one.toString(), two.toString()))
                .contains(
                        "a@main: in force, generation 1\n  " + one + ": connect4\n  " + two + ": connect4\n",
                        "b@main: in force, generation 1\n  " + one + ": connect4 connect6\n");
        assertThat(box.attached(one)).hasSize(3);
        assertThat(box.attached(two)).hasSize(3);
        assertThat(box.ringwall(0, "apply", b, a, "--json", "--param", "port=9"))
                .startsWith("{\"applied\":[{\"policy\":\"b\",\"instance\":\"main\",\"generation\":2,")
                .contains("{\"policy\":\"a\",\"instance\":\"main\",\"generation\":2,");
        assertThat(box.attached(one)).hasSize(3);
        assertThat(box.ringwall(0, "apply", a, "--json", "--param", "port=9")).startsWith("{\"policy\":\"a\",");
        assertThat(box.ringwall(0, "apply", objects.toString(), "--dry-run", "--param", "port=9"))
                .contains("a@main: can be applied here", "b@main: can be applied here");
        assertThat(box.ringwall(0, "status"))
                .contains("a@main: in force, generation 3", "b@main: in force, generation 2");
    }

    @Test
    void anObjectThatTheKernelRefusesChangesNothing() throws IOException {
        box.ringwall(0, "apply", a, "--cgroup", one.toString());
        List<Integer> before = box.attached(one);
        String bad = write("c.o", TestObjects.refused("c"));
        assertThat(box.ringwall(3, "apply", objects.toString(), "--cgroup", one.toString(), "--param", "port=9"))
                .contains("ringwall: `" + bad + "`: the kernel refused to load the program", "; nothing was changed\n");
        assertThat(box.attached(one)).isEqualTo(before);
        assertThat(box.ringwall(0, "status"))
                .contains("a@main: in force, generation 1")
                .doesNotContain("b@main", "c@main");
    }

    @Test
    void aFailureNamesTheObjectAndWhatIsInForce() throws IOException {
        String c = write("c.o", TestObjects.denyPort("c", 9));
        List<Fd> open = new ArrayList<>();
        try (Fd target = box.host.hierarchy().open(one)) {
            // There is room for one policy, so the check before the first one is attached passes.
            for (int i = 0; i < CgroupPrograms.MOST - 2; i++) {
                Fd program = allow(Hook.CONNECT6);
                open.add(program);
                open.add(box.host.bpf().linkCreate(program, target, Hook.CONNECT6.attachType()));
            }
            String refused = "`: 63 programs are attached to connect6 of `" + one + "`, and the last of the kernel's 64"
                    + " slots is kept for new versions, which are attached beside the old ones";
            assertThat(box.ringwall(3, "apply", b, c, "--cgroup", one.toString()))
                    .contains(
                            "b@main: in force, generation 1\n",
                            "ringwall: `" + c + refused + "; put in force before it: `b@main`\n");
            String[] again = {
                "apply", c, a, "--cgroup", two.toString(), "--cgroup", one.toString(), "--json", "--param", "port=9"
            };
            assertThat(box.ringwall(3, again))
                    .contains("{\"applied\":[]}\n", "{\"error\":\"`" + c + refused + "; nothing was changed\"");
            assertThat(box.attached(two)).isEmpty();
        } finally {
            open.forEach(Fd::close);
        }
        assertThat(box.ringwall(0, "status")).contains("b@main: in force").doesNotContain("a@main", "c@main");
    }

    @Test
    void ambiguousArgumentsAreRefusedBeforeLoading() throws IOException {
        String again = write("again.o", TestObjects.denyPort("b", 10));
        assertThat(box.ringwall(1, "apply", b, again, "--cgroup", one.toString()))
                .contains("`" + b + "` and `" + again + "` are both `b@main`");
        assertThat(box.ringwall(1, "apply", a, a, "--cgroup", one.toString())).contains("is given twice");
        assertThat(box.ringwall(1, "apply", a, b, "--cgroup", one.toString(), "--param", "prot=1"))
                .contains("none of the objects declares a param `prot`");
        assertThat(box.ringwall(2, "apply", a, b, "--forget", "x")).contains("--forget needs a single object");
        assertThat(box.ringwall(1, "apply", a, b))
                .contains("`" + a + "`: `a@main` is not in force, so the cgroup must be given; nothing was changed");
        Path empty = Files.createDirectory(dir.resolve("empty"));
        assertThat(box.ringwall(1, "apply", empty.toString(), "--cgroup", one.toString()))
                .contains("there is no object `*.o` in the directory `" + empty + "`");
        assertThat(box.ringwall(0, "status")).isEqualTo("no policy is in force\n");
    }

    @Test
    void theOnlyOptionDetachesFromUnnamedCgroups() {
        box.ringwall(0, "apply", b, "--cgroup", one.toString(), two.toString(), "--param", "port=9");
        assertThat(box.ringwall(1, "apply", b, "--cgroup", one.toString(), "--param", "port=9"))
                .contains("is in force at 1 cgroup that you did not name: " + two, "with --only");
        assertThat(box.ringwall(1, "apply", b, "--only")).contains("--only needs the cgroups");
        assertThat(box.attached(two)).hasSize(2);
        assertThat(box.ringwall(0, "apply", b, "--only", "--param", "port=9", "--cgroup", one.toString()))
                .contains(
                        "note: the policy is no longer in force at `" + two + "`",
                        "b@main: in force, generation 2\n  " + one + ": connect4 connect6\n");
        assertThat(box.attached(one)).hasSize(2);
        assertThat(box.attached(two)).isEmpty();
        assertThat(box.ringwall(0, "status", "--check")).doesNotContain(two.toString());
    }

    private Fd allow(Hook hook) {
        List<Insn> code = List.of(new Insn.Mov(Width.DW, Width.DW, Reg.R0, Operand.of(1)), new Insn.Exit());
        Bytes bytes = Bytes.of(InsnCodec.encode(code, ByteOrder.nativeOrder()));
        return box.host.bpf().progLoad(ProgSpec.plain("full", SOCK_ADDR, hook.attachType(), bytes));
    }
}
