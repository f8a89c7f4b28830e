// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bench.rules.PacketRules;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.testkit.GoldenCase;

/**
 * A test that the generators for any list reproduce the recorded programs for the recorded lists.
 */
class DeviceFilterTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());

    @Test
    void runcsListGivesTheRecordedProgram() {
        List<Insn> recorded = Recorded.insns(CHECKOUT, "runc");
        assertThat(DeviceFilter.RUNC.whole(DeviceRules.ofRunc())).isEqualTo(recorded);
        assertThat(InsnCodec.slots(recorded)).isEqualTo(64);
    }

    /** Docker's list is runc's with one more device, and runc generates its program. */
    @Test
    void dockersListIsRuncsAndOneMoreDevice() {
        assertThat(InsnCodec.slots(DeviceFilter.RUNC.whole(DeviceRules.ofDocker())))
                .isEqualTo(69);
        assertThat(DeviceRules.ofDocker().rules())
                .containsAll(DeviceRules.ofRunc().rules())
                .hasSize(12);
    }

    @Test
    void crunsListGivesTheRecordedProgram() {
        List<Insn> recorded = Recorded.insns(CHECKOUT, "crun");
        assertThat(DeviceFilter.CRUN.whole(DeviceRules.ofCrun())).isEqualTo(recorded);
        assertThat(InsnCodec.slots(recorded)).isEqualTo(77);
    }

    @Test
    void systemdsListGivesTheRecordedProgram() {
        List<Insn> recorded = Recorded.insns(CHECKOUT, "systemd-devices");
        assertThat(DeviceFilter.SYSTEMD.whole(DeviceRules.ofSystemd())).isEqualTo(recorded);
        assertThat(InsnCodec.slots(recorded)).isEqualTo(52);
    }

    @Test
    void longListsGiveAProgramOrAnException() throws Exception {
        DeviceRules thousand = DeviceRules.drawn(1_000, new SplittableRandom(1));
        assertThat(DeviceFilter.RUNC.whole(thousand)).hasSize(8 + 8 * 1_000);
        assertThat(DeviceFilter.SYSTEMD.whole(thousand)).hasSize(10 + 7 * 1_000);
        DeviceRules many = DeviceRules.drawn(6_000, new SplittableRandom(1));
        // A jump spans at most 32,767 slots.
        assertThatThrownBy(() -> DeviceFilter.SYSTEMD.whole(many)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bpfiltersProgramGrowsLinearlyWithItsRules() {
        int ten = InsnCodec.slots(Bpfilter.program(Workload.PORTS.rules(10)).insns());
        int fifty = InsnCodec.slots(Bpfilter.program(Workload.PORTS.rules(50)).insns());
        assertThat(fifty - ten).isEqualTo(5 * 40);
        assertThat(InsnCodec.slots(
                                Bpfilter.program(Workload.PREFIXES4.rules(100)).insns())
                        - InsnCodec.slots(
                                Bpfilter.program(Workload.PREFIXES4.rules(10)).insns()))
                .isEqualTo(9 * 90);
    }

    @Test
    void theFirewallsMapsAreKnown() {
        Recorded firewall = Recorded.systemdFirewall();
        PacketRules rules = PacketRules.ofLoopback();
        assertThat(Recorded.insns(CHECKOUT, firewall.file()))
                .filteredOn(insn -> insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.MAP_FD)
                .hasSize(4)
                .allMatch(insn ->
                        firewall.maps().stream().anyMatch(map -> map.descriptor() == ((Insn.LoadImm64) insn).low()));
        assertThat(firewall.maps().stream().map(map -> map.map().apply(rules).entries()))
                .containsExactly(2, 1, 0);
    }
}
