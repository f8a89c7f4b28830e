// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Block placement: which blocks fall through, which are moved out of line, and which stay. */
class BlockLayoutTest {
    private static final PassOnText PASS = new PassOnText("lay-out", BlockLayout::apply);

    @Test
    void likelyBranchesFallThrough() {
        PASS.turns("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  if64 v0 == 0x6 then b2 else b1
                b1:
                  v1 = u32 ctx.type
                  if64 v1 == 0x3 then b3 else b4
                b2:
                  v2 = be16 u32 ctx.user_port
                  if64 v2 == 0x50 then b4 else b3
                b3:
                  return allow
                b4:
                  return deny
                """, """
                b0:
                  v0 = u32 ctx.protocol
                  if64 v0 == 0x6 then b2 else b1
                b2:
                  v2 = be16 u32 ctx.user_port
                  if64 v2 == 0x50 then b4 else b3
                b1:
                  v1 = u32 ctx.type
                  if64 v1 == 0x3 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """);
    }

    @Test
    void unlikelyBlocksAreMovedToTheEnd() {
        PASS.turns("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 > 0x400 then b2 else b1
                b1:
                  v1 = pid_tgid
                  if64 v1 == 0x1 then b5 else b6
                b2:
                  v2 = be32 u32 ctx.user_ip4
                  if64 v2 == 0x7f000001 then b3 else b4
                b3:
                  v3 = uid_gid
                  if64 v3 == 0x0 then b6 else b4
                b4:
                  return allow
                b5:
                  return deny EACCES
                b6:
                  return deny
                """, """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 > 0x400 then b2 else b1
                b2:
                  v2 = be32 u32 ctx.user_ip4
                  if64 v2 == 0x7f000001 then b3 else b4
                b3:
                  v3 = uid_gid
                  if64 v3 == 0x0 then b6 else b4
                b4:
                  return allow
                b1:
                  v1 = pid_tgid
                  if64 v1 == 0x1 then b5 else b6
                b6:
                  return deny
                b5:
                  return deny EACCES
                """);
    }

    @Test
    void removesBlocksThatOnlyJump() {
        PASS.turns("connect4", """
                b0:
                  goto b1
                b1:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 > 0x400 then b2 else b3
                b2:
                  goto b4
                b3:
                  goto b4
                b4:
                  return allow
                """, """
                b0:
                  goto b1
                b1:
                  v0 = be16 u32 ctx.user_port
                  goto b4
                b4:
                  return allow
                """);
    }
}
