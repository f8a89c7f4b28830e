// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** RangeAnalysis that are known on a path, and those that must not be assumed. */
class CorrelatedValuePropagationTest {
    private static final PassOnText PASS = new PassOnText("fold-ranges", CorrelatedValuePropagation::apply);

    @Test
    void threadsAPathPastATestWithAKnownResult() {
        PASS.turns("sysctl", """
                b0:
                  v0 = u32 ctx.write
                  if64 v0 == 0x0 then b2 else b1
                b1:
                  v1 = u32 ctx.file_pos
                  if64 v1 == 0x0 then b2 else b3
                b2:
                  v2 = u32 ctx.write
                  if64 v2 > 0x0 then b3 else b4
                b3:
                  return deny
                b4:
                  return allow
                """, """
                b0:
                  v0 = u32 ctx.write
                  if64 v0 == 0x0 then b4 else b1
                b1:
                  goto b3
                b3:
                  return deny
                b4:
                  return allow
                """);
    }

    @Test
    void removesSwitchCasesThatNoPathReaches() {
        PASS.turns("connect4", """
                b0:
                  v0 = u32 ctx.protocol
                  switch v0 ..0x5 b3, ..0x6 b1, ..0x10 b3, ..0x11 b1, ..0xffffffff b3
                b1:
                  v1 = store frame-512 u64 host 0x0
                  v2 = u32 ctx.protocol
                  switch v2 ..0x5 b3, ..0x6 b2, ..0x10 b3, ..0x11 b4, ..0xffffffff b3
                b2:
                  return allow
                b3:
                  return deny
                b4:
                  return deny EACCES
                """, """
                b0:
                  v0 = u32 ctx.protocol
                  switch v0 ..0x5 b3, ..0x6 b1, ..0x10 b3, ..0x11 b1, ..0xffffffff b3
                b1:
                  v1 = store frame-512 u64 host 0x0
                  v2 = u32 ctx.protocol
                  switch v2 ..0x10 b2, ..0x11 b4, ..0xffffffff b2
                b2:
                  return allow
                b3:
                  return deny
                b4:
                  return deny EACCES
                """);
    }

    @Test
    void keepsTheBoundsOfTheRemainingCases() {
        PASS.turns("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  switch v0 ..0xff b1, ..0x1ff b4, ..0x2ff b1, ..0xffff b4
                b1:
                  v1 = store frame-512 u64 host 0x0
                  v2 = be16 u32 ctx.user_port
                  switch v2 ..0x7f b2, ..0x17f b3, ..0x1bf b4, ..0x27f b2, ..0xffff b3
                b2:
                  return allow
                b3:
                  return deny
                b4:
                  return deny EACCES
                """, """
                b0:
                  v0 = be16 u32 ctx.user_port
                  switch v0 ..0xff b1, ..0x1ff b4, ..0x2ff b1, ..0xffff b4
                b1:
                  v1 = store frame-512 u64 host 0x0
                  v2 = be16 u32 ctx.user_port
                  switch v2 ..0x7f b2, ..0x17f b3, ..0x27f b2, ..0xffff b3
                b2:
                  return allow
                b3:
                  return deny
                b4:
                  return deny EACCES
                """);
    }

    @Test
    void storesAKnownValueAsAConstant() {
        PASS.turns("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x1bb then b1 else b2
                b1:
                  v1 = be16 u32 ctx.user_port
                  v2 = store frame-504 u16 network of v1
                  v3 = be16 u32 ctx.user_port
                  v4 = store frame-512 u64 network of v3
                  return allow
                b2:
                  return deny
                """, """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x1bb then b1 else b2
                b1:
                  v2 = store frame-504 u16 network 0x1bb
                  v3 = 0x1bb
                  v4 = store frame-512 u64 network of v3
                  return allow
                b2:
                  return deny
                """);
    }

    @Test
    void derivesTheRangeOfAPartFromTheWhole() {
        PASS.turns("device", """
                b0:
                  v0 = u32 ctx.access_type
                  if64 v0 > 0x2ffff then b3 else b1
                b1:
                  v1 = u32 ctx.access_type
                  v2 = v1 >> 16
                  if64 v2 > 0x2 then b3 else b2
                b2:
                  return allow
                b3:
                  return deny
                """, """
                b0:
                  v0 = u32 ctx.access_type
                  if64 v0 > 0x2ffff then b3 else b2
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void comparesAParamWithAKnownConstant() {
        PASS.turns("connect4", """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x1bb then b1 else b3
                b1:
                  v1 = be16 u32 ctx.user_port
                  v2 = &param_low
                  v3 = u64 [v2+0]
                  if64 v1 < v3 then b3 else b2
                b2:
                  return allow
                b3:
                  return deny
                """, """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 == 0x1bb then b1 else b3
                b1:
                  v2 = &param_low
                  v3 = u64 [v2+0]
                  if64 v3 > 0x1bb then b3 else b2
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void keepsATestThatIsUndecidedOnOnePath() {
        PASS.leaves("sysctl", """
                b0:
                  v0 = u32 ctx.file_pos
                  if64 v0 == 0x0 then b1 else b2
                b1:
                  v1 = u32 ctx.write
                  if64 v1 == 0x0 then b4 else b2
                b2:
                  v2 = store frame-512 u64 host 0x0
                  v3 = u32 ctx.write
                  if64 v3 == 0x0 then b4 else b3
                b3:
                  return deny
                b4:
                  return allow
                """);
    }

    @Test
    void keepsATestOfTheBufferAfterAnotherStringWasRead() {
        PASS.leaves("sysctl", """
                b0:
                  v0 = string sysctl_name 8 cleared 8
                  v1 = be32 u32 string-8
                  if64 v1 == 0x6b65726e then b1 else b2
                b1:
                  v2 = string sysctl_value 8 cleared 0
                  v3 = be32 u32 string-8
                  if64 v3 == 0x6b65726e then b3 else b2
                b2:
                  return deny
                b3:
                  return allow
                """);
    }

    @Test
    void keepsASecondTestOfState() {
        PASS.leaves("connect4", """
                b0:
                  v0 = u32 frame-332
                  if64 v0 == 0x0 then b1 else b2
                b1:
                  v1 = u32 frame-332
                  if64 v1 == 0x0 then b3 else b2
                b2:
                  return deny
                b3:
                  return allow
                """);
    }

    @Test
    void keepsATestAfterTheAnswerOfAnOptionWasWritten() {
        PASS.leaves("getsockopt", """
                b0:
                  v0 = leave_to_kernel
                  v1 = u32 ctx.retval
                  if64 v1 == 0x0 then b1 else b2
                b1:
                  v2 = answer_original
                  v3 = u32 ctx.retval
                  if64 v3 == 0x0 then b3 else b2
                b2:
                  return deny fail EPERM
                b3:
                  return allow
                """);
    }
}
