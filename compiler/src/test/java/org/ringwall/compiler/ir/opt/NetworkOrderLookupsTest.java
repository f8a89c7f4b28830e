// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.tables.Bitmap;
import org.ringwall.compiler.tables.LookupTable;

/** Lookups in a bitmap with a port in network byte order. */
class NetworkOrderLookupsTest {
    private static final PassOnText PASS = new PassOnText("keep-order", NetworkOrderLookups::apply);

    /** The odd ports. */
    private static final Bitmap BITMAP =
            Bitmap.of(LongStream.rangeClosed(0, 65_535).toArray(), Bitmap.MOST_BITS);

    private static final LookupTable STORED = BITMAP.forStored().orElseThrow();

    private static final List<LookupTable> TABLES = List.of(BITMAP, STORED);

    private static String blocks(String test, String symbol) {
        return """
                b0:
                  v0 = be16 u32 ctx.user_port
                  if64 v0 %s 0x50 then b2 else b1
                b1:
                  v1 = look up v0 in %s
                  if64 v1 == 0x0 then b2 else b3
                b2:
                  return allow
                b3:
                  return deny
                """.formatted(test, symbol);
    }

    @Test
    void besideEqualityThePortStaysAsItLies() {
        PASS.turns("connect4", blocks("==", BITMAP.symbol()), blocks("==", STORED.symbol()), TABLES);
    }

    @Test
    void besideAnOrderOfSizeItIsTurned() {
        PASS.turns("connect4", blocks(">", BITMAP.symbol()), blocks(">", BITMAP.symbol()), TABLES);
    }

    @Test
    void aNumberThatLiesInTheMachinesOrderIsAskedAsItIs() {
        String low = """
                b0:
                  v0 = u32 ctx.protocol
                  v1 = low16 v0
                  v2 = look up v1 in %s
                  if64 v2 == 0x0 then b1 else b2
                b1:
                  return allow
                b2:
                  return deny
                """.formatted(BITMAP.symbol());
        PASS.turns("connect4", low, low, TABLES);
    }
}
