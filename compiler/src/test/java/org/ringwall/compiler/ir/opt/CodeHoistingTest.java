// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Fields that are read once and where, and fields that are read where they are used. */
class CodeHoistingTest {
    private static final PassOnText PASS = new PassOnText("hoist-reads", CodeHoisting::apply);

    private static final String TWICE = """
                b0:
                  v0 = u32 ctx.protocol
                %s  if64 v0 == 0x6 then b1 else b2
                b1:
                %s  if64 %s == 0x50 then b3 else b4
                b2:
                %s  if64 %s == 0x35 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """;

    private static final String PORT = "  v%d = be16 u32 ctx.user_port\n";

    @Test
    void whatTwoWaysReadIsReadBeforeTheyPart() {
        PASS.turns(
                "connect4",
                TWICE.formatted("", PORT.formatted(1), "v1", PORT.formatted(2), "v2"),
                TWICE.formatted(PORT.formatted(1), "", "v1", "", "v1"));
    }

    @Test
    void whatOneWayReadsIsReadThere() {
        PASS.leaves("connect4", TWICE.formatted("", PORT.formatted(1), "v1", "  v2 = u32 ctx.type\n", "v2"));
    }

    @Test
    void nothingIsKeptOverACall() {
        PASS.leaves(
                "connect4",
                TWICE.formatted("", "  v3 = pid_tgid\n" + PORT.formatted(1), "v1", PORT.formatted(2), "v2"));
    }

    /** Three values are live from the first block on, so the fourth is read where it is used. */
    @Test
    void fewAreAliveAtOnce() {
        String asked = """
                  if64 v1 == v2 then b2 else b9
                b2:
                  if64 v3 == v4 then b5 else b9
                b5:
                  v5 = u32 ctx.protocol
                  v6 = u32 ctx.type
                  if64 v5 == v6 then b6 else b9
                b6:
                  v7 = u32 ctx.family
                  v8 = u32 ctx.user_family
                  if64 v7 == v8 then b8 else b9
                b8:
                  return allow
                b9:
                  return deny
                """;
        String reads = """
                b0:
                  v1 = u32 ctx.protocol
                  v2 = u32 ctx.type
                  v3 = u32 ctx.family
                  v4 = u32 ctx.user_family
                """;
        PASS.turns(
                "connect4",
                reads + asked,
                reads
                        + asked.replace("  v5 = u32 ctx.protocol\n  v6 = u32 ctx.type\n", "")
                                .replace("  v7 = u32 ctx.family\n", "")
                                .replace("v5 == v6", "v1 == v2")
                                .replace("v7 == v8", "v3 == v8"));
    }
}
