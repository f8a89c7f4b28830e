// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;

/**
 * The caller receives the errno of the first denial (docs/semantics.md section 4), here that of a
 * program that ran before.
 */
class ErrnosTest {
    private static int result(String verdict, int earlier, ByteOrder order) {
        BpfObject object = Compiler.compile(
                        new SourceFile(
                                "p.wall",
                                "policy p\nrequires kernel 6.1\non connect4 { %s if remote.port == 80; default allow }\n"
                                        .formatted(verdict)),
                        new Settings(List.of(), order, Map.of()))
                .compilation()
                .orElseThrow()
                .object();
        RawAddress address = new RawAddress(true, U128.of(0xc0000201L));
        Request request = new Request.AtAddress(Hook.CONNECT4, address, 80, 6, 1, Actor.ORDINARY);
        Outcome outcome = Machine.run(
                EmittedPolicy.load(object, Map.of(), KernelVersion.V6_1)
                        .program(Hook.CONNECT4)
                        .orElseThrow(),
                Hook.CONNECT4,
                Contexts.context(request, order),
                Contexts.environment(request, KernelVersion.V6_1, order).after(earlier));
        return ((Outcome.Returned) outcome).result();
    }

    @ParameterizedTest
    @CsvSource({
        "deny EACCES, 0,   -13",
        "deny EACCES, -13, -13",
        "deny EACCES, -1,  -1",
        "deny ENOENT, -13, -13",
        "deny,        0,   -1",
        "deny,        -13, -13",
        "deny,        -1,  -1"
    })
    void aDenialKeepsAnEarlierErrno(String verdict, int earlier, int expected) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            assertThat(result(verdict, earlier, order)).as(order.toString()).isEqualTo(expected);
        }
    }
}
