// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.ErrorNumber;

class VerifierLogTest {
    private static final String LOG = """
            0: R1=ctx() R10=fp0
            ; deny if remote.port == 25 @ mail.wall:7
            0: (61) r0 = *(u32 *)(r1 +24)
            ; default allow @ mail.wall:9
            1: (95) exit
            At program exit the register R0 has unknown scalar value should have been in [0, 1]
            processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;

    @Test
    void summaryIsTheReasonAndThePolicyLine() {
        assertThat(new VerifierLog(LOG).summary())
                .isEqualTo("At program exit the register R0 has unknown scalar value should have been in [0, 1]"
                        + ", at `default allow` (mail.wall:9)");
    }

    @Test
    void sourceWithoutALocationIsItsTextOnly() {
        assertThat(new VerifierLog("; default allow\n0: (95) exit\nR0 !read_ok\n").summary())
                .isEqualTo("R0 !read_ok, at `default allow`");
    }

    /** From Linux 6.18, of `for (;;) n++;`. */
    @Test
    void statesAfterTheReasonAreNotTheReason() {
        String log = """
                0: R1=ctx() R10=fp0
                ; for (;;) n++; @ loop.c:5
                0: (05) goto pc-1
                infinite loop detected at insn 0
                cur state: R1=ctx() R10=fp0
                old state: R1=ctx() R10=fp0
                processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0
                """;
        assertThat(new VerifierLog(log).summary())
                .isEqualTo("infinite loop detected at insn 0, at `for (;;) n++;` (loop.c:5)");
        assertThat(new VerifierLog(log.replace("cur state: ", "cur state:\nframe1: ")
                                .replace("old state:", "old state:\n 4:"))
                        .reason())
                .contains("infinite loop detected at insn 0");
        assertThat(new VerifierLog("0: R1=ctx()\nR1 is not a scalar\n1: (95) exit\nR0_w=1\n").reason())
                .contains("R1 is not a scalar");
        assertThat(new VerifierLog("0: R1=ctx()\nR1 type=ctx expected=fp\n").reason())
                .contains("R1 type=ctx expected=fp");
        assertThat(new VerifierLog("0: (95) exit\n").reason()).contains("0: (95) exit");
    }

    @Test
    void emptyLogHasNoSummary() {
        assertThat(new VerifierLog("\nprocessed 0 insns\n").summary()).isEmpty();
    }

    @Test
    void longReasonsAreCut() {
        assertThat(new VerifierLog("x".repeat(9999)).summary()).hasSize(241).endsWith("…");
    }

    @Test
    void refusalNamesTheOperationTheErrorAndTheReason() {
        KernelRefusedException e = new KernelRefusedException(
                "load the program `p`", ErrorNumber.of(Errno.EACCES), Optional.of(new VerifierLog("R0 !read_ok")));
        assertThat(e).hasMessage("the kernel refused to load the program `p` (EACCES): R0 !read_ok");
        assertThat(e.help()).contains("verifier");
        assertThat(new KernelRefusedException("create the map `m`", new ErrorNumber(524)))
                .hasMessage("the kernel refused to create the map `m` (ENOTSUPP)");
    }
}
