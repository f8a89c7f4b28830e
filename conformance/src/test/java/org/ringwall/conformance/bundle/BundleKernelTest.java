// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.compiler.api.BundleResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.conformance.state.Caller;
import org.ringwall.testkit.KernelTest;

/** Bundles on a real kernel: which object is chosen, what is in force, and what is shown. */
@KernelTest
class BundleKernelTest {
    private static final long EPERM = 1;
    private static final long ECONNREFUSED = 111;
    private static final String WEB = """
        policy web
        param closed : port in 1..99 = 9
        egress { deny if remote.port == closed; default allow }
        test "closed" { connect tcp 127.0.0.1:9 => deny }
        """;
    private static final String MAIL = """
        policy mail
        include "common.wall"
        egress { deny if remote.port in mails; default allow }
        """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());
    private final TypedCommands commands = new TypedCommands();
    private String digest = "";

    @AfterEach
    void clean() {
        caller.close();
        List.of("web@main", "mail@main", "web@lone").forEach(commands::remove);
        cgroup.close();
    }

    private String bundle(List<String> files, List<List<String>> targets) throws IOException {
        Files.writeString(folder.resolve("web.wall"), WEB);
        Files.writeString(folder.resolve("mail.wall"), MAIL);
        Files.writeString(folder.resolve("common.wall"), "set mails = { 25, 26 }\n");
        BundleResult result = PolicyBundle.compile(
                "agents", "7", files.stream().map(Path::of).toList(), targets, Options.DEFAULT.withBase(folder));
        PolicyBundle bundle = result.bundle().orElseThrow();
        digest = bundle.digest();
        return Files.write(folder.resolve("agents.wallpack"), bundle.content()).toString();
    }

    private long connect(int port) {
        return caller.connectTcp("127.0.0.1:" + port);
    }

    private String typed(int code, String... words) {
        TypedCommands.Said said = commands.type(List.of(words));
        assertThat(said.code()).as(said.text()).isEqualTo(code);
        return said.text();
    }

    @Test
    void oneApplyPutsAllPoliciesInForce() throws IOException {
        String file = bundle(List.of("web.wall", "mail.wall"), List.of());
        assertThat(typed(0, "apply", file, "--cgroup", cgroup.path().toString(), "--param", "closed=10"))
                .contains("mail@main: in force, generation 1", "web@main: in force, generation 1");
        assertThat(List.of(connect(10), connect(25), connect(26))).containsOnly(EPERM);
        assertThat(connect(9)).isEqualTo(ECONNREFUSED);
        assertThat(typed(0, "status"))
                .containsPattern("web@main: in force, generation 1\n  params: closed=10\n  applied: .*\n"
                        + "  object: SHA-256 [0-9a-f]{64}\n  bundle: agents, version 7, SHA-256 " + digest + "\n");
        assertThat(typed(0, "status", "--json"))
                .contains("\"bundle\":{\"name\":\"agents\",\"version\":\"7\",\"digest\":\"" + digest + "\"}");
        assertThat(typed(0, "journal", "--json")).contains("\"bundle\":[\"agents\",\"7\",\"" + digest + "\"]");
        assertThat(typed(1, "apply", file, "--param", "opened=10"))
                .contains("none of the objects declares a param `opened`");
    }

    @Test
    void aBundleOfOnePolicyTakesTheOptionsOfAnObject() throws IOException {
        String file = bundle(List.of("web.wall"), List.of());
        assertThat(typed(0, "apply", file, "--cgroup", cgroup.path().toString(), "--instance", "lone", "--dry-run"))
                .startsWith("web@lone: can be applied here");
        assertThat(typed(0, "apply", file, "--cgroup", cgroup.path().toString(), "--instance", "lone"))
                .startsWith("web@lone: in force");
        assertThat(connect(9)).isEqualTo(EPERM);
        assertThat(typed(0, "run", file, "--", "true")).isEmpty();
        assertThat(typed(125, "run", bundle(List.of("web.wall", "mail.wall"), List.of()), "--", "true"))
                .contains("the bundle has several policies, and run needs one");
    }

    /** Compiles the policy `web` that denies a port. */
    private BundleWriter.Compiled denying(int port, List<String> targets, boolean needs) throws Exception {
        String text = WEB.replaceFirst("param closed.*\n", "")
                .replace("== closed", "== " + port)
                .replaceFirst("test.*\n", "");
        byte[] elf = Ringwall.compile("web.wall", text, ofThisMachine())
                .policy()
                .orElseThrow()
                .object();
        BpfObject object = ObjectReader.read(elf);
        BpfObject needy = needy(object);
        return needs
                ? new BundleWriter.Compiled(needy, Bytes.of(ObjectWriter.write(needy)), targets)
                : new BundleWriter.Compiled(object, Bytes.of(elf), targets);
    }

    private static Options ofThisMachine() {
        return Options.DEFAULT.withOrder(ByteOrder.nativeOrder());
    }

    /** Returns an object that calls a helper at a hook where no kernel offers it. */
    private static BpfObject needy(BpfObject object) {
        ProgramSpec first = object.programs().get(0);
        List<Insn> code = new ArrayList<>(List.of(new Insn.CallHelper(Helper.SKB_LOAD_BYTES.id())));
        code.add(new Insn.Exit());
        ProgramSpec needy = new ProgramSpec("needy", first.section(), code, List.of(), List.of(), 0);
        return new BpfObject(
                object.order(), object.license(), List.of(needy), object.maps(), object.data(), object.btf());
    }

    private String written(BundleWriter.Compiled... objects) throws Exception {
        BundleWriter writer = new BundleWriter("choice", "1", "test 1", "1");
        writer.add("web", Map.of("web.wall", new byte[1]), List.of(), List.of(), List.of(), List.of(objects));
        return Files.write(folder.resolve("choice.wallpack"), writer.write()).toString();
    }

    @Test
    void theObjectForTheNewestKernelsThatFitIsChosen() throws Exception {
        String file = written(
                denying(7, List.of("5.10"), false),
                denying(8, List.of("5.15", "6.12"), false),
                denying(9, List.of("6.1"), true));
        assertThat(typed(0, "inspect", file))
                .contains("  objects/web/5.10-little.o: for 5.10\n")
                .contains("    not used here: one for newer kernels fits too\n")
                .contains("    used here: this kernel has all that it needs, and no other that fits is for newer"
                        + " kernels\n")
                .contains("    not used here: this kernel lacks bpf_skb_load_bytes at connect4\n");
        assertThat(typed(0, "inspect", file, "--json"))
                .containsPattern("\"path\":\"objects/web/5.15-little.o\"[^}]*\"used\":true")
                .containsPattern("\"path\":\"objects/web/6.1-little.o\"[^}]*\"used\":false");
        typed(0, "apply", file, "--cgroup", cgroup.path().toString());
        assertThat(List.of(connect(7), connect(8), connect(9))).containsExactly(ECONNREFUSED, EPERM, ECONNREFUSED);

        file = written(denying(7, List.of("5.10"), true), denying(8, List.of("5.15"), true));
        assertThat(typed(3, "apply", file))
                .contains("no object of `" + file + "` fits this kernel: `objects/web/5.15-little.o` needs"
                        + " bpf_skb_load_bytes at connect4; `objects/web/5.10-little.o` needs");
    }

    @Test
    void anObjectOfAnotherPolicyIsRefused() throws Exception {
        BundleWriter writer = new BundleWriter("choice", "1", "test 1", "1");
        writer.add(
                "wrong",
                Map.of("web.wall", new byte[1]),
                List.of(),
                List.of(),
                List.of(),
                List.of(denying(7, List.of("5.10"), false)));
        String file = Files.write(folder.resolve("x.wallpack"), writer.write()).toString();
        assertThat(typed(1, "apply", file, "--cgroup", cgroup.path().toString()))
                .contains("`objects/wrong/5.10-little.o` of `" + file
                        + "` is policy `web`, and the manifest says `wrong`");
    }

    @Test
    void declaredStateNamesABundle() throws IOException {
        String file = bundle(List.of("web.wall", "mail.wall"), List.of(List.of("5.10", "6.1"), List.of("6.12")));
        Path declared = Files.createDirectory(folder.resolve("policies.d"));
        String place = "places: [{path: " + cgroup.path() + "}]\n";
        Files.writeString(declared.resolve("a.yaml"), "policy: " + file + "\nparams: {closed: 11}\n" + place);
        assertThat(typed(0, "sync", "--dir", declared.toString())).contains("mail@main", "web@main");
        assertThat(List.of(connect(11), connect(25))).containsOnly(EPERM);
        assertThat(typed(0, "sync", "--dir", declared.toString(), "--check")).contains("in force");
        Files.writeString(declared.resolve("a.yaml"), "policy: " + file + "\nparams: {opened: 11}\n" + place);
        assertThat(typed(1, "sync", "--dir", declared.toString()))
                .contains("no policy of the bundle has a param `opened`");
        Files.write(Path.of(file), new byte[700]);
        assertThat(typed(1, "sync", "--dir", declared.toString())).contains("is refused: it is not a bundle");
        assertThat(connect(11)).as("the policies stay in force").isEqualTo(EPERM);
    }
}
