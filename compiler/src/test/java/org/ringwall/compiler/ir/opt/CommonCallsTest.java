// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Calls that are merged, and calls that are repeated. */
class CommonCallsTest {
    private static final PassOnText PASS = new PassOnText("share-calls", CommonCalls::apply);

    private static final String TWO_PATHS = """
                b0:
                  v0 = u32 ctx.protocol
                  if64 v0 == 0x6 then b1 else b2
                b1:
                  v1 = uid_gid
                  v2 = v1 & 0xffffffff
                  if64 v2 == 0x0 then b2 else b3
                b2:
                  v3 = uid_gid
                  v4 = v3 >> 32
                  if64 v4 == 0x0 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """;

    @Test
    void mergesEqualCallsOnOnePath() {
        PASS.turns("connect4", """
                b0:
                  v0 = uid_gid
                  v1 = v0 & 0xffffffff
                  if64 v1 == 0x0 then b1 else b2
                b1:
                  v2 = uid_gid
                  v3 = v2 >> 32
                  if64 v3 == 0x0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """, """
                b0:
                  v0 = uid_gid
                  v1 = v0 & 0xffffffff
                  if64 v1 == 0x0 then b1 else b2
                b1:
                  v3 = v0 >> 32
                  if64 v3 == 0x0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    @Test
    void keepsACallThatIsMissingOnAnotherPath() {
        PASS.leaves("connect4", TWO_PATHS);
    }

    @Test
    void keepsCallsOfDifferentHelpers() {
        PASS.leaves("connect4", TWO_PATHS.replace("v3 = uid_gid", "v3 = pid_tgid"));
    }

    /** Tests of a string's end need the registers that calls do not destroy. */
    @Test
    void repeatsCallsAfterTheEndOfAStringIsFound() {
        PASS.leaves("sysctl", """
                b0:
                  v0 = string sysctl_name 256 cleared 256
                  v1 = uid_gid
                  v2 = v1 & 0xffffffff
                  if64 v2 == 0x5 then b1 else b2
                b1:
                  v3 = end v0 string[256]+0 before 16
                  v4 = uid_gid
                  v5 = v4 >> 32
                  if64 v5 == 0x5 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """);
    }

    /**
     * A path that compares an ancestor knows its value, which would keep the verifier from merging
     * the states of the paths. The uid is only written there.
     */
    @Test
    void repeatsAnAncestorCallWherePathsJoin() {
        PASS.turns("connect4", """
                b0:
                  v0 = ancestor 2
                  v1 = uid_gid
                  if64 v0 == 0x5 then b1 else b2
                b1:
                  v2 = v1 & 0xffffffff
                  if64 v2 == 0x5 then b2 else b3
                b2:
                  v3 = note frame-240 0x0
                  v4 = ancestor 2
                  v5 = uid_gid
                  v6 = v5 & 0xffffffff
                  v7 = store frame-512 u64 host of v6
                  if64 v4 == 0x0 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """, """
                b0:
                  v0 = ancestor 2
                  v1 = uid_gid
                  if64 v0 == 0x5 then b1 else b2
                b1:
                  v2 = v1 & 0xffffffff
                  if64 v2 == 0x5 then b2 else b3
                b2:
                  v3 = note frame-240 0x0
                  v4 = ancestor 2
                  v6 = v1 & 0xffffffff
                  v7 = store frame-512 u64 host of v6
                  if64 v4 == 0x0 then b3 else b4
                b3:
                  return allow
                b4:
                  return deny
                """);
    }
}
