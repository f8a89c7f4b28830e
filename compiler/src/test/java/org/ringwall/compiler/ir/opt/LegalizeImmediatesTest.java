// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Comparisons with numbers that do not fit in the immediate of a jump. */
class LegalizeImmediatesTest {
    private static final PassOnText PASS = new PassOnText("fit-numbers", LegalizeImmediates::apply);

    private static String compared(String read, String test) {
        return """
                b0:
                  v0 = %s
                  %s then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """.formatted(read, test);
    }

    @Test
    void comparesA32BitNumberIn32Bits() {
        PASS.turns(
                "connect4",
                compared("be32 u32 ctx.user_ip4", "if64 v0 == 0xc0000201"),
                compared("be32 u32 ctx.user_ip4", "if32 v0 == 0xc0000201"));
    }

    @Test
    void loadsA32BitNumberThatIsComparedWithAWiderValue() {
        PASS.turns(
                "connect6",
                compared("be64 u64 ctx.user_ip6", "if64 v0 > 0xc0000201"),
                compared("be64 u64 ctx.user_ip6\n  v1 = 0xc0000201", "if64 v0 > v1"));
    }

    @Test
    void loadsAWideNumberIntoARegister() {
        PASS.turns(
                "connect6",
                compared("be64 u64 ctx.user_ip6", "if64 v0 == 0x20010db800000000"),
                compared("be64 u64 ctx.user_ip6\n  v1 = 0x20010db800000000", "if64 v0 == v1"));
    }

    /** A sign-extended 32-bit immediate can also represent the upper end of 64 bits. */
    @Test
    void keepsAnImmediateThatFits() {
        PASS.leaves("connect4", compared("be32 u32 ctx.user_ip4", "if64 v0 > 0x7fffffff"));
        PASS.leaves("connect6", compared("be64 u64 ctx.user_ip6", "if64 v0 > 0xffffffff80000000"));
    }
}
