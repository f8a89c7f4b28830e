package org.ringwall.compiler.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.compiler.driver.Compilation;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.RawAddress;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Context;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/** When effects happen: docs/semantics.md section 4, docs/abi.md section 2. */
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
                "80 | 1000 | 0    | {  }"
            })
    void lastAssignOfAllBlocksIsSeenAndNoneWhereOneDenies(int port, long uid, long gid, String expected) {
        Compilation compilation = compile(TWO_BLOCKS);
        Request request = connect(port, uid, gid);
        assertThat(Effect.text(Reference.decide(compilation.policy(), Map.of(), request)
                        .effects()))
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

    /** The socket that is bound has its cookie at post_bind as at bind. */
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
        LoadedProgram program = EmittedPolicy.load(object, Map.of(), KernelVersion.V6_1)
                .program(request.hook())
                .orElseThrow()
                .with(changed(object, ".rodata", true, generation))
                .with(changed(object, ".data", false, lo, hi));
        return (Outcome.Returned) Machine.run(
                program,
                request.hook(),
                Contexts.context(request, object.order()),
                Contexts.environment(request, KernelVersion.V6_1, object.order()));
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
