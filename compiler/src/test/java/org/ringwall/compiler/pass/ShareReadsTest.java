package org.ringwall.compiler.pass;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ringwall.compiler.ir.IrChecker;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.IrReader;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.source.SourceFile;

/** What is taken from before, and what is read again. */
class ShareReadsTest {
    private static final SourceFile SOURCE = new SourceFile("p.wall", "policy p\n");

    private static void shares(String hook, String body, String expected) {
        Routine routine = ShareReads.apply(read(hook, body));
        IrChecker.check("share-reads", routine);
        assertThat(IrPrinter.print(routine)).isEqualTo(IrPrinter.print(read(hook, expected)));
    }

    private static void leaves(String hook, String body) {
        shares(hook, body, body);
    }

    private static Routine read(String hook, String body) {
        String text = "routine " + hook + "\n" + body.replaceAll("(?m)^(b\\d+:)", "$1 ; line 1 column 1");
        return IrReader.read(text, SOURCE);
    }

    @Test
    void whatEveryWayHasReadIsThere() {
        shares("connect6", """
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
        shares("connect4", """
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
        leaves("connect4", """
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
        leaves("connect4", """
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
        leaves("connect4", """
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
