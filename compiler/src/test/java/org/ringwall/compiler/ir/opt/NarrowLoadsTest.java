// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import org.junit.jupiter.api.Test;

/** Words that are read in part, and words that are read as a whole. */
class NarrowLoadsTest {
    private static final PassOnText PASS = new PassOnText("narrow-words", NarrowLoads::apply);

    private static String address(String part, String end) {
        return """
                b0:
                  v0 = be64 u64 ctx.user_ip6
                  v1 = %s
                  if64 %s then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """.formatted(part, end);
    }

    private static String names(String part) {
        return """
                b0:
                  v0 = string sysctl_name 16 cleared 16
                  v1 = be64 string[16]+8
                  v2 = %s
                  if64 v2 == 0x2f then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """.formatted(part);
    }

    @Test
    void narrowsALoadToThePrefixOfAnAddress() {
        PASS.turns(
                "connect6",
                address("v0 >> 32", "v1 == 0x20010db8"),
                address("be32 u32 ctx.user_ip6", "v1 == 0x20010db8"));
    }

    /** The kernel loads at least four bytes of a context. */
    @Test
    void masksOtherPrefixesInAFourByteLoad() {
        PASS.turns("connect6", address("v0 >> 56", "v1 == 0xfd"), masked("0xff000000", "v1 == 0xfd000000"));
        PASS.turns("connect6", address("v0 >> 33", "v1 != 0x1"), masked("0xfffffffe", "v1 != 0x2"));
    }

    private static String masked(String mask, String end) {
        return address("be32 u32 ctx.user_ip6\n  v1 = v2 & " + mask, end).replaceFirst("v1 = be32", "v2 = be32");
    }

    /** Longer prefixes, and values that are compared by order or used more than once. */
    @Test
    void keepsTheShiftOfLongPrefixesAndOfOtherUses() {
        PASS.leaves("connect6", address("v0 >> 24", "v1 == 0xfd"));
        PASS.leaves("connect6", address("v0 >> 56", "v1 > 0xfd"));
        PASS.leaves("connect6", address("v0 >> 56\n  v2 = low16 v1", "v1 == 0xfd"));
    }

    /** If the whole word is read anyway, its half is only one move. */
    @Test
    void narrowsALoadToTheLowHalfIfTheRestIsUnused() {
        PASS.turns("connect6", address("low32 v0", "v1 == 0x1"), address("be32 u32 ctx.user_ip6+4", "v1 == 0x1"));
        PASS.leaves("connect6", address("low32 v0", "v0 == v1"));
    }

    @Test
    void narrowsALoadToTheFirstBytesOfAName() {
        PASS.turns("sysctl", names("v1 >> 32"), names("be32 string[16]+8"));
        PASS.turns("sysctl", names("v1 >> 48"), names("be16 string[16]+8"));
        PASS.turns("sysctl", names("v1 >> 56"), names("be8 string[16]+8"));
        PASS.leaves("sysctl", names("v1 >> 24"));
    }

    /** The buffer may contain another string by then. */
    @Test
    void keepsWordLoadsIfTwoCallsFillTheBuffer() {
        String twice = names("v1 >> 32").replace("v2 = v1", "v3 = string sysctl_new_value 16 cleared 0\n  v2 = v1");
        PASS.leaves("sysctl", twice);
    }
}
