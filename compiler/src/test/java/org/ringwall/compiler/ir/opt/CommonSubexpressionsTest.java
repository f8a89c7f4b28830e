// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Reads whose earlier result is reused, and reads that are repeated. */
class CommonSubexpressionsTest {
    private static final PassOnText PASS = new PassOnText("share-reads", CommonSubexpressions::apply);

    @Test
    void whatEveryWayHasReadIsThere() {
        PASS.turns("connect6", """
                b0:
                  v0 = be64 u64 ctx.user_ip6
                  if64 v0 == 0x0 then b1 else b2
                b1:
                  v1 = be64 u64 ctx.user_ip6+8
                  if64 v1 == 0x1 then b2 else b3
                b2:
                  v2 = be64 u64 ctx.user_ip6
                  v3 = v2 >> 32
                  if64 v3 == 0x1 then b4 else b3
                b3:
                  v4 = be64 u64 ctx.user_ip6+8
                  if64 v4 == 0x7 then b4 else b5
                b4:
                  return allow
                b5:
                  return deny
                """, """
                b0:
                  v0 = be64 u64 ctx.user_ip6
                  if64 v0 == 0x0 then b1 else b2
                b1:
                  v1 = be64 u64 ctx.user_ip6+8
                  if64 v1 == 0x1 then b2 else b3
                b2:
                  v3 = v0 >> 32
                  if64 v3 == 0x1 then b4 else b3
                b3:
                  v4 = be64 u64 ctx.user_ip6+8
                  if64 v4 == 0x7 then b4 else b5
                b4:
                  return allow
                b5:
                  return deny
                """);
    }

    @Test
    void whatIsComputedAlikeIsThereToo() {
        PASS.turns("connect4", """
                b0:
                  v0 = uid_gid
                  v1 = low32 v0
                  if64 v1 > 0x3e8 then b1 else b2
                b1:
                  v2 = low32 v0
                  if64 v2 > 0x7d0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """, """
                b0:
                  v0 = uid_gid
                  v1 = low32 v0
                  if64 v1 > 0x3e8 then b1 else b2
                b1:
                  if64 v1 > 0x7d0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void nothingIsKeptOverACall() {
        PASS.leaves("connect4", """
                b0:
                  v0 = u32 ctx.type
                  if64 v0 == 0x1 then b1 else b3
                b1:
                  v1 = pid_tgid
                  v2 = u32 ctx.type
                  if64 v2 == v1 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void whatMayStayInNetworkOrderIsNotTurned() {
        PASS.leaves("connect4", """
                b0:
                  v0 = be32 u32 ctx.user_ip4
                  if64 v0 == 0x1 then b1 else b3
                b1:
                  v1 = be32 u32 ctx.user_ip4
                  if64 v1 > 0x100 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void fewValuesAreAliveAtOnce() {
        PASS.leaves("connect4", """
                b0:
                  v0 = u32 ctx.type
                  v1 = u32 ctx.protocol
                  v2 = u32 ctx.family
                  v3 = u32 ctx.user_family
                  v4 = v0 >> 1
                  if64 v4 == v1 then b1 else b3
                b1:
                  if64 v2 == v3 then b4 else b5
                b4:
                  if64 v1 == v2 then b5 else b3
                b5:
                  v5 = u32 ctx.type
                  if64 v5 == v3 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }
}
