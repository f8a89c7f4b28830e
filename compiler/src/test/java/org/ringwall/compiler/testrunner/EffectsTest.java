// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/**
 * The conditions under which effects happen: docs/semantics.md section 4, docs/abi.md section 2.
 */
class EffectsTest {
    private static final String TWO_BLOCKS = """
            policy p
            on connect4 {
              when uid == 1000 { assign remote.port = 1; assign remote.ip = 127.0.0.1 }
              allow if remote.port == 80 { assign remote.port = 2 }
              default allow
            }
            on connect4 {
              deny if gid == 0
              default allow { assign remote.ip = 127.0.0.2 }
            }
            """;

    private static final String GRANT = """
            policy p
            requires kernel 6.1
            bind { allow unprivileged { assign local.port = 8080 }; default deny }
            """;

    private static Compilation compile(String text) {
        return compile(text, Settings.DEFAULT);
    }

    private static Compilation compile(String text, Settings settings) {
        return Compiler.compile(new SourceFile("p.wall", text), settings)
                .compilation()
                .orElseThrow();
    }

    private static Request connect(int port, long uid, long gid) {
        RawAddress address = new RawAddress(true, U128.of(0x01020304));
        return new Request.AtAddress(Hook.CONNECT4, address, port, 6, 1, new Actor(uid, gid));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "80 | 1000 | 1000 | { assign remote.port = 2; assign remote.ip = 127.0.0.2 }",
                "81 | 1000 | 1000 | { assign remote.port = 1; assign remote.ip = 127.0.0.2 }",
                "81 | 1001 | 1000 | { assign remote.ip = 127.0.0.2 }",
                "80 | 1000 | 0    | {}"
            })
    void theLastAssignmentAppliesUnlessABlockDenies(int port, long uid, long gid, String expected) {
        Compilation compilation = compile(TWO_BLOCKS);
        Request request = connect(port, uid, gid);
        assertThat(Effect.text(Reference.decide(compilation.policy(), Map.of(), request)
                        .writes()))
                .isEqualTo(expected);
        Context after = EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10)
                .answer(request)
                .context();
        assertThat(after.equals(Contexts.context(request, ByteOrder.LITTLE_ENDIAN)))
                .isEqualTo(gid == 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyTheNewestGenerationWritesAndGrants(boolean little) {
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        BpfObject object = compile(
                        GRANT.replace("allow unprivileged {", "allow unprivileged if uid != 7 {"),
                        new Settings(List.of(), order, Map.of()))
                .object();
        RawAddress any = new RawAddress(true, U128.ZERO);
        Request request = new Request.AtAddress(Hook.BIND4, any, 80, 6, 1, Actor.ORDINARY);
        Context before = Contexts.context(request, object.order());
        assertThat(run(object, request, 3, 3, 3).r0()).isEqualTo(3);
        assertThat(run(object, request, 3, 3, 3).context().number("user_port")).isEqualTo(8080);
        assertThat(run(object, request, 3, 3, 4).r0()).isEqualTo(1);
        assertThat(run(object, request, 3, 3, 4).context()).isEqualTo(before);
        assertThat(run(object, request, 3, 4, 4).r0()).as("inert").isEqualTo(1);
        Request other = new Request.AtAddress(Hook.BIND4, any, 80, 6, 1, new Actor(7, 7));
        assertThat(run(object, other, 3, 3, 4).r0()).as("still decides").isZero();
    }

    private static final String RENAMED = """
            policy p
            requires kernel 6.7
            on connect_unix { allow if path == "/old" { assign path = "/new" }; default allow }
            on recvmsg_unix { when type == dgram { assign path = "@new" } }
            on getpeername_unix { when path == "/new" { assign path = "/old" } }
            """;

    private static final KernelVersion V6_7 = Hook.CONNECT_UNIX.since();

    private static Request at(Hook hook, String path) {
        return new Request.AtPath(hook, 2, ByteString.of(path), Actor.ORDINARY);
    }

    private static Optional<Bytes> sockaddr(String path) {
        byte[] bytes = ("\1\0" + path).getBytes(StandardCharsets.ISO_8859_1);
        return Optional.of(Bytes.of(bytes));
    }

    @Test
    void writesAPathWithItsNulAndAnAbstractNameWithout() {
        EmittedPolicy policy = EmittedPolicy.load(compile(RENAMED).object(), Map.of(), V6_7);
        assertThat(policy.answer(at(Hook.CONNECT_UNIX, "/old")).address()).isEqualTo(sockaddr("/new\0"));
        assertThat(policy.answer(at(Hook.CONNECT_UNIX, "/older")).address()).isEqualTo(sockaddr("/older"));
        assertThat(policy.answer(at(Hook.RECVMSG_UNIX, "/longer/than/that")).address())
                .isEqualTo(sockaddr("\0new"));
        assertThat(policy.answer(at(Hook.GETPEERNAME_UNIX, "/new")).address()).isEqualTo(sockaddr("/old\0"));
    }

    @Test
    void doesNotRenameAnUnnamedSender() {
        Compilation compilation = compile(RENAMED);
        Request unnamed = at(Hook.RECVMSG_UNIX, "");
        assertThat(Reference.decide(compilation.policy(), Map.of(), unnamed).writes())
                .isEmpty();
        assertThat(EmittedPolicy.load(compilation.object(), Map.of(), V6_7)
                        .answer(unnamed)
                        .address())
                .contains(Bytes.EMPTY);
    }

    @Test
    void onlyTheNewestGenerationRenames() {
        BpfObject object = compile(RENAMED).object();
        Request request = at(Hook.CONNECT_UNIX, "/old");
        assertThat(run(object, request, 3, 3, 3).address()).isEqualTo(sockaddr("/new\0"));
        assertThat(run(object, request, 3, 3, 4).address()).isEqualTo(sockaddr("/old"));
        assertThat(run(object, request, 3, 4, 4).address()).isEqualTo(sockaddr("/old"));
    }

    /**
     * If the kernel does not accept the name, here because there is no address, the call must not
     * proceed to the old one.
     */
    @Test
    void deniesIfTheKernelRefusesTheAssignedName() {
        BpfObject object = compile("""
                policy p
                requires kernel 6.7
                on connect_unix { default allow { assign path = "/new" } }
                on getpeername_unix { when type == dgram { assign path = "/new" } }
                """).object();
        EmittedPolicy policy = EmittedPolicy.load(object, Map.of(), V6_7);
        for (Hook hook : List.of(Hook.CONNECT_UNIX, Hook.GETPEERNAME_UNIX)) {
            Request request = at(hook, "/old");
            Outcome outcome = Machine.run(
                    policy.program(hook).orElseThrow(),
                    hook,
                    Contexts.context(request, policy.order()),
                    Environment.of(V6_7));
            assertThat(((Outcome.Returned) outcome).r0()).isEqualTo(hook == Hook.CONNECT_UNIX ? 0 : 1);
        }
    }

    /** The socket has the same cookie at post_bind as at bind. */
    @Test
    void knowsTheSocketAtPostBind() {
        Compilation compilation = compile("""
                policy p
                on post_bind4 {
                  deny if cookie == 1 and netns == 1
                  default allow
                }
                """);
        RawAddress any = new RawAddress(true, U128.ZERO);
        Request request = new Request.Bound(Hook.POST_BIND4, any, 80, 6, 1, Actor.ORDINARY);
        assertThat(Reference.decide(compilation.policy(), Map.of(), request).verdict())
                .isEqualTo(EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10)
                        .decide(request))
                .isEqualTo(Verdict.DENY);
    }

    private static Outcome.Returned run(BpfObject object, Request request, int generation, int lo, int hi) {
        KernelVersion kernel = KernelVersion.V6_1.max(request.hook().since());
        LoadedProgram program = EmittedPolicy.load(object, Map.of(), kernel)
                .program(request.hook())
                .orElseThrow()
                .with(changed(object, ".rodata", true, generation))
                .with(changed(object, ".data", false, lo, hi));
        return (Outcome.Returned) Machine.run(
                program,
                request.hook(),
                Contexts.context(request, object.order()),
                Contexts.environment(request, kernel, object.order()));
    }

    private static Segment changed(BpfObject object, String name, boolean readOnly, int... words) {
        DataSection section = object.section(name).orElseThrow();
        ByteBuffer content = ByteBuffer.wrap(section.content().toArray()).order(object.order());
        for (int i = 0; i < words.length; i++) {
            content.putInt(4 * i, words[i]);
        }
        return new Segment(name, readOnly, content.array());
    }
}
