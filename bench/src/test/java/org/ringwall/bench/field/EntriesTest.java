// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.rules.Address;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bench.rules.SysctlRules;
import org.ringwall.bench.rules.TupleRule;
import org.ringwall.bench.rules.TupleRules;
import org.ringwall.bpf.object.Bytes;

/** A test that keys have the bytes that the C programs build, on a little-endian machine. */
class EntriesTest {
    @Test
    void aTupleIsLengthProtocolPortAndAddress() {
        TupleRule rule = new TupleRule(true, true, Prefix.of(Address.v4(0x0a01_0000L), 16), 443);
        PlainMap.Fill fill = Entries.tuples(new TupleRules(List.of(rule)));
        assertThat(hex(fill.keys())).isEqualTo("30000000" + "0600" + "01bb" + "0a010000");
        assertThat(hex(fill.values())).isEqualTo("01000000");
    }

    @Test
    void aNameIsItsLengthInBitsAndItsBytes() {
        PlainMap.Fill fill = Entries.names(new SysctlRules(List.of("vm/"), List.of()));
        assertThat(fill.keys().size()).isEqualTo(68);
        assertThat(hex(fill.keys())).startsWith("18000000" + "766d2f" + "00");
    }

    @Test
    void thereAreAsManyKeysAsRules() {
        for (int size : List.of(10, 100)) {
            assertThat(Entries.ports(Workload.PORTS.rules(size)).keys().size()).isEqualTo(4 * size);
            assertThat(Entries.prefixes(Workload.PREFIXES4.rules(size)).keys().size())
                    .isEqualTo(8 * size);
            assertThat(Entries.prefixes(Workload.PREFIXES6.rules(size)).keys().size())
                    .isEqualTo(20 * size);
            assertThat(Entries.addresses(Workload.ADDRESSES.rules(size)).keys().size())
                    .isEqualTo(4 * size);
            assertThat(Entries.devices(Workload.DEVICES.rules(size)).keys().size())
                    .isEqualTo(12 * size);
        }
    }

    private static String hex(Bytes bytes) {
        return HexFormat.of().formatHex(bytes.toArray());
    }
}
