// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/**
 * Instructions that are removed because their result is not read, and those kept for their side
 * effect.
 */
class DeadCodeEliminationTest {
    private static final PassOnText PASS = new PassOnText("drop-unread", DeadCodeElimination::apply);

    @Test
    void removesAnUnusedValueAndItsOperands() {
        PASS.turns("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = uid_gid
                  v2 = v1 & 0xffffffff
                  v3 = v2 >> 3
                  if64 v0 == 0x6 then b1 else b2
                b1:
                  v4 = be16 u32 ctx.user_port
                  goto b2
                b2:
                  return allow
                """, """
                b0:
                  v0 = u32 ctx.protocol
                  if64 v0 == 0x6 then b1 else b2
                b1:
                  goto b2
                b2:
                  return allow
                """);
    }

    @Test
    void keepsAValueThatALaterBlockReads() {
        PASS.leaves("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = uid_gid
                  if64 v0 == 0x6 then b1 else b2
                b1:
                  v2 = v1 & 0xffffffff
                  if64 v2 == 0x0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    /** Reading a string has a side effect: its bytes are on the stack afterwards. */
    @Test
    void keepsInstructionsWithSideEffects() {
        PASS.leaves("sysctl", """
                b0:
                  v0 = string sysctl_name 16 cleared 16
                  v2 = be64 u64 string-16
                  if64 v2 == 0x1 then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """);
    }
}
