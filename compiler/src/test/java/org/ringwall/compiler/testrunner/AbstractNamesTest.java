// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.ByteString;

/**
 * Programs recognize abstract names of every length, and names with a NUL inside, wherever it is
 * and whatever surrounds it.
 */
class AbstractNamesTest {
    private static final KernelVersion SINCE = Hook.CONNECT_UNIX.since();

    private static EmittedPolicy policy(ByteOrder order) {
        String text =
                "policy names\nrequires kernel 6.7\non connect_unix { allow if path prefix \"@\"; default deny }\n";
        return EmittedPolicy.load(
                Compiler.compile(new SourceFile("names.wall", text), new Settings(List.of(SINCE), order, Map.of()))
                        .compilation()
                        .orElseThrow()
                        .object(),
                Map.of(),
                SINCE);
    }

    private static Verdict decided(EmittedPolicy policy, byte[] path) {
        return policy.decide(
                new Request.AtPath(Hook.CONNECT_UNIX, 1, ByteString.of(path, path.length), Actor.ORDINARY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void findsANulAtEveryPosition(String word) {
        EmittedPolicy policy = policy(word.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        // With the fillers 1 and 0x80, a word-wise search that ignores carries mistakes a byte next
        // to a NUL for a NUL.
        for (int filler : new int[] {1, 'a', 0x80, 0xff}) {
            for (int length = 2; length <= Request.AtPath.MOST_BYTES; length++) {
                byte[] path = new byte[length];
                Arrays.fill(path, 1, length, (byte) filler);
                assertThat(decided(policy, path))
                        .as("%d bytes of %d", length, filler)
                        .isEqualTo(Verdict.ALLOW);
                for (int nul = 1; nul < length; nul++) {
                    path[nul] = 0;
                    assertThat(decided(policy, path))
                            .as("%d bytes of %d, a NUL at %d", length, filler, nul)
                            .isEqualTo(new Verdict.Deny(Errno.EPERM));
                    path[nul] = (byte) filler;
                }
            }
        }
    }
}
