// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Exit blocks that are merged, and those that must stay separate. */
class ShareEndsTest {
    private static final PassOnText PASS = new PassOnText("share-ends", ShareEnds::apply);

    @Test
    void mergesExitBlocksWithTheSameVerdictIntoTheLast() {
        PASS.turns("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x50 then b1 else b2
                b1:
                  return allow
                b2:
                  v1 = u32 ctx.protocol
                  if64 v1 == 0x6 then b3 else b4
                b3:
                  return deny
                b4:
                  return allow
                """, """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x50 then b4 else b2
                b2:
                  v1 = u32 ctx.protocol
                  if64 v1 == 0x6 then b3 else b4
                b3:
                  return deny
                b4:
                  return allow
                """);
    }

    @Test
    void keepsExitBlocksWithDifferentErrnos() {
        PASS.leaves("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x50 then b1 else b2
                b1:
                  return deny EACCES
                b2:
                  return deny
                """);
    }

    @Test
    void keepsAnExitBlockWithInstructions() {
        PASS.leaves("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x50 then b1 else b2
                b1:
                  v1 = pid_tgid
                  return allow
                b2:
                  v2 = u32 ctx.protocol
                  if64 v2 == 0x6 then b3 else b4
                b3:
                  return deny
                b4:
                  return allow
                """);
    }

    /**
     * A comparison must have two targets, so blocks are not merged if both targets would be the
     * same.
     */
    @Test
    void keepsEqualExitBlocksOfOneComparison() {
        PASS.leaves("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x50 then b1 else b2
                b1:
                  return allow
                b2:
                  return allow
                """);
    }
}
