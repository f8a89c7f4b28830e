// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/**
 * The `optlen` that programs at getsockopt and setsockopt leave, whether they decide or are inert
 * (docs/abi.md section 2).
 */
class OptionProgramsTest {
    private static final String POLICY = """
            policy options
            sockopt {
              deny if optval == 7
              default allow
            }
            """;

    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    /**
     * Runs a program of generation 0 with this value of `lo` and `hi`. It decides under {0, 0} and
     * is inert under {1, 1}.
     */
    private static Outcome.Returned run(Hook hook, int word, Context context) {
        EmittedPolicy policy = EmittedPolicy.load(
                Compiler.compile(
                                new SourceFile("options.wall", POLICY),
                                new Settings(List.of(), context.order(), Map.of()))
                        .compilation()
                        .orElseThrow()
                        .object(),
                Map.of(),
                KernelVersion.V5_10);
        byte[] control = ByteBuffer.allocate(24)
                .order(context.order())
                .putInt(word)
                .putInt(word)
                .array();
        LoadedProgram program = policy.program(hook).orElseThrow().with(new Segment(".data", false, control));
        Outcome outcome = Machine.run(program, hook, context, Environment.of(KernelVersion.V5_10));
        assertThat(outcome).isInstanceOf(Outcome.Returned.class);
        return (Outcome.Returned) outcome;
    }

    @ParameterizedTest
    @CsvSource({
        "setsockopt, 4, 16, 0, 4",
        "setsockopt, 4096, 4096, 0, 4096",
        "setsockopt, 4097, 4096, 0, 0",
        "setsockopt, 2147483647, 4096, 0, 0",
        "setsockopt, 0, 4096, 0, 0",
        "setsockopt, -1, 16, 0, -1",
        "getsockopt, 4, 4, 0, 4",
        "getsockopt, 4, 64, 0, 4",
        "getsockopt, 0, 0, 0, 0",
        "getsockopt, 3, 0, 0, 0",
        "getsockopt, 4096, 4096, 0, 4096",
        "getsockopt, 8192, 4096, 0, 0",
        "getsockopt, 4, 4, -92, 0",
        "getsockopt, -1, 4, 0, -1",
        "getsockopt, -1, 4, -92, -1"
    })
    void setsOptlenToZeroToDeferToTheKernel(String word, int optlen, int room, int retval, int left) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        for (ByteOrder order : ORDERS) {
            Context context =
                    Context.option(order, 1, 36, optlen, new byte[room]).with("retval", retval);
            for (int inForce = 0; inForce <= 1; inForce++) {
                Outcome.Returned outcome = run(hook, inForce, context);
                assertThat((int) outcome.context().number("optlen")).isEqualTo(left);
                assertThat(outcome.r0()).isEqualTo(Hook.ALLOW);
            }
        }
    }

    /**
     * A program writes only the errno of a denied getsockopt, and an inert program denies nothing.
     */
    @ParameterizedTest
    @CsvSource({
        "setsockopt, 4, 16",
        "setsockopt, 1, 16",
        "setsockopt, 4096, 4096",
        "setsockopt, 0, 4096",
        "getsockopt, 4, 4",
        "getsockopt, 1, 4"
    })
    void decidesByTheValueOnlyWhileItIsInForce(String word, int optlen, int room) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        for (ByteOrder order : ORDERS) {
            ByteBuffer value = ByteBuffer.allocate(room).order(order);
            if (optlen == 1) {
                value.put((byte) 7);
            } else {
                value.putInt(7);
            }
            Context context = Context.option(order, 1, 36, optlen, value.array());
            assertThat(run(hook, 0, context).r0()).isZero();
            assertThat(run(hook, 1, context).r0()).isEqualTo(Hook.ALLOW);
            Context denied = hook == Hook.GETSOCKOPT ? context.with("retval", -Errno.EPERM.number()) : context;
            assertThat(run(hook, 0, context).context()).isEqualTo(denied);
        }
    }
}
