// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/** The effect of assignments to an option's value: docs/semantics.md section 4. */
class OptionWritesTest {
    private static final int WRITTEN = 0x01020304;
    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    private static final String POLICY = """
            policy options
            param given : int in 0..4294967295 = 0x01020304
            on setsockopt {
              when option == SO_MARK { assign optval = 9; assign optval = 0x01020304 }
              when option == SO_PRIORITY { assign optval = given }
              default allow
            }
            on setsockopt {
              deny if optname == 7
              default allow { assign optval = 0x01020304 }
            }
            """;

    private static Compilation compile(ByteOrder order) {
        return compile(POLICY, order);
    }

    private static Compilation compile(String policy, ByteOrder order) {
        return Compiler.compile(new SourceFile("options.wall", policy), new Settings(List.of(), order, Map.of()))
                .compilation()
                .orElseThrow();
    }

    private static Context run(int lo, int hi, Context context) {
        EmittedPolicy policy = EmittedPolicy.load(compile(context.order()).object(), Map.of(), KernelVersion.V5_10);
        byte[] control = ByteBuffer.allocate(24)
                .order(context.order())
                .putInt(lo)
                .putInt(hi)
                .array();
        LoadedProgram program =
                policy.program(Hook.SETSOCKOPT).orElseThrow().with(new Segment(".data", false, control));
        Outcome outcome = Machine.run(program, Hook.SETSOCKOPT, context, Environment.of(KernelVersion.V5_10));
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return ((Outcome.Returned) outcome).context();
    }

    private static byte[] value(int room) {
        byte[] value = new byte[room];
        Arrays.fill(value, (byte) 0x55);
        return value;
    }

    private static byte[] beginning(ByteOrder order, int bytes) {
        return bytes == 1
                ? new byte[] {(byte) WRITTEN}
                : ByteBuffer.allocate(bytes).order(order).putInt(WRITTEN).array();
    }

    /** `written` bytes of the value are changed, and the kernel uses `left` bytes of it. */
    @ParameterizedTest
    @CsvSource({
        "36, 4, 16, 4, 4",
        "36, 5, 16, 4, 5",
        "36, 4095, 4095, 4, 4095",
        "36, 4096, 4096, 4, 4096",
        "36, 4097, 4096, 4, 4096",
        "36, 2147483647, 4096, 4, 4096",
        "36, 0, 4096, 4, 4096",
        "36, 3, 16, 1, 3",
        "36, 1, 16, 1, 1",
        "36, 0, 16, 0, 0",
        "36, -1, 16, 0, -1",
        "36, -1, 4096, 0, -1",
        "12, 4, 16, 4, 4",
        "12, 2, 16, 1, 2",
        "12, 9000, 4096, 4, 4096",
        "7, 4, 16, 0, 4",
        "7, 4097, 4096, 0, 0"
    })
    void setsockoptReceivesTheAssignedValue(int optname, int optlen, int room, int written, int left) {
        for (ByteOrder order : ORDERS) {
            Context before = Context.option(order, 1, optname, optlen, value(room));
            Context after = before.with("optlen", left);
            Context changed = written == 0 ? after : after.withValue(beginning(order, written));
            assertThat(run(0, 0, before)).isEqualTo(changed);
        }
    }

    /**
     * The result is written first, then the length, then the value, each if the previous one has
     * left room for it.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "optval = 0x01020304 | 4 | 4 | 0 | 4 | 0 | 4",
                "optval = 0x01020304 | 4 | 64 | 0 | 4 | 0 | 4",
                "optval = given | 4 | 64 | 0 | 4 | 0 | 4",
                "optval = 0x01020304 | 4096 | 4096 | 0 | 4096 | 0 | 4",
                "optval = 0x01020304 | 2 | 4 | 0 | 2 | 0 | 1",
                "optval = 0x01020304 | 0 | 4 | 0 | 0 | 0 | 0",
                "optval = 0x01020304 | 4 | 4 | -92 | 0 | -92 | 0",
                "optval = 0x01020304 | 8192 | 4096 | 0 | 0 | 0 | 0",
                "optval = 0x01020304 | -1 | 4096 | 0 | -1 | 0 | 0",
                "optval = 0x01020304; assign retval = 0 | 4 | 4 | -92 | 0 | 0 | 0",
                "optval = 0x01020304; assign optlen = 4; assign retval = 0 | 16 | 16 | -92 | 4 | 0 | 4",
                "optval = given; assign optlen = short; assign retval = 0 | 16 | 16 | -92 | 3 | 0 | 1",
                "optlen = short; assign optval = 0x01020304; assign retval = 0 | 16 | 3 | -92 | 3 | 0 | 1",
                "optlen = 4; assign retval = 0 | 3 | 3 | -92 | 0 | 0 | 0",
                "optlen = 4; assign retval = 0 | 16 | 16 | -1 | 0 | -1 | 0",
                "optval = 0x01020304; assign optlen = 4; assign retval = 0 | 16 | 16 | -13 | 0 | -13 | 0",
                "optlen = 4 | 16 | 16 | -92 | 0 | -92 | 0",
                "optlen = 4 | 16 | 64 | 0 | 4 | 0 | 0",
                "optlen = 16 | 16 | 64 | 0 | 16 | 0 | 0",
                "optlen = 17 | 16 | 64 | 0 | 16 | 0 | 0",
                "optlen = 4; assign optval = given | 8192 | 4096 | 0 | 4 | 0 | 4",
                "optlen = 4096 | 8192 | 4096 | 0 | 4096 | 0 | 0",
                "optlen = 4 | -1 | 64 | 0 | -1 | 0 | 0",
                "optlen = 4 | 0 | 64 | 0 | 4 | 0 | 0",
                "optlen = 5; assign optlen = short | 16 | 16 | 0 | 3 | 0 | 0"
            })
    void getsockoptReturnsTheAssignedValue(
            String assigned, int optlen, int room, int retval, int left, int result, int written) {
        String policy = """
                policy told
                param given : int in 0..4294967295 = 0x01020304
                param short : int in 1..4096 = 3
                on getsockopt { when option == SO_MARK { assign %s }; default allow }
                """.formatted(assigned);
        for (ByteOrder order : ORDERS) {
            Compilation compilation = compile(policy, order);
            EmittedPolicy emitted = EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10);
            Context before = Context.option(order, 1, 36, optlen, value(room)).with("retval", retval);
            Context after = before.with("optlen", left).with("retval", result);
            Context changed = written == 0 ? after : after.withValue(beginning(order, written));
            Outcome outcome = Machine.run(
                    emitted.program(Hook.GETSOCKOPT).orElseThrow(),
                    Hook.GETSOCKOPT,
                    before,
                    Environment.of(KernelVersion.V5_10));
            assertThat(outcome).isInstanceOf(Outcome.Returned.class);
            assertThat(((Outcome.Returned) outcome).context()).isEqualTo(changed);
            Request request = new Request.UseOption(
                    Hook.GETSOCKOPT, 1, 36, optlen, ByteString.of(value(room)), order, retval, new Actor(0, 0));
            Decision decision = Reference.decide(compilation.policy(), Map.of(), request);
            assertThat(emitted.answer(request))
                    .isEqualTo(Effects.answer(request, decision.verdict(), decision.writes(), Map.of(), order));
        }
    }

    /**
     * A program of generation 0 is inert under {1, 1}, and decides without writing under {0, 1}.
     */
    @Test
    void onlyTheNewestGenerationWrites() {
        for (ByteOrder order : ORDERS) {
            Context context = Context.option(order, 1, 36, 4, value(16));
            assertThat(run(1, 1, context)).isEqualTo(context);
            assertThat(run(0, 1, context)).isEqualTo(context);
            Context longer = Context.option(order, 1, 36, 8192, value(4096));
            assertThat(run(1, 1, longer)).isEqualTo(longer.with("optlen", 0));
            assertThat(run(0, 1, longer)).isEqualTo(longer.with("optlen", 0));
        }
    }

    /** The reference evaluator reports the effect exactly if programs write. */
    @ParameterizedTest
    @CsvSource({"4, 16, true", "1, 16, true", "9000, 4096, true", "0, 4096, true", "0, 16, false", "-1, 16, false"})
    void theReferenceReportsAWriteExactlyIfProgramsWrite(int optlen, int room, boolean written) {
        Compilation compilation = compile(ByteOrder.LITTLE_ENDIAN);
        Request request = new Request.UseOption(
                Hook.SETSOCKOPT,
                1,
                36,
                optlen,
                ByteString.of(value(room)),
                ByteOrder.LITTLE_ENDIAN,
                0,
                new Actor(0, 0));
        Decision decision = Reference.decide(compilation.policy(), Map.of(), request);
        assertThat(Effect.text(decision.writes())).isEqualTo(written ? "{ assign optval = " + WRITTEN + " }" : "{}");
        EmittedPolicy emitted = EmittedPolicy.load(compilation.object(), Map.of(), KernelVersion.V5_10);
        assertThat(emitted.answer(request))
                .isEqualTo(Effects.answer(
                        request, decision.verdict(), decision.writes(), Map.of(), ByteOrder.LITTLE_ENDIAN));
    }
}
