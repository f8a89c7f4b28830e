// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HelperTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsNumber(Helper helper) {
        assertThat(Helper.of(helper.id())).contains(helper);
    }

    @Test
    void hasNoHelperForUnsupportedNumbers() {
        assertThat(Helper.of(4)).isEmpty();
        assertThat(Helper.of(0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET_RETVAL, connect4, 5.10, false",
        "GET_RETVAL, connect4, 5.17, false",
        "GET_RETVAL, connect4, 5.18, true",
        "SET_RETVAL, recvmsg4, 6.12, false",
        "SET_RETVAL, sock_ops, 6.12, false",
        "SET_RETVAL, skb_egress, 6.12, false",
        "GET_CURRENT_UID_GID, device, 5.10, true",
        "GET_CURRENT_UID_GID, sock_ops, 6.12, false",
        "GET_CURRENT_PID_TGID, device, 5.10, false",
        "GET_CURRENT_PID_TGID, device, 6.1, true",
        "GET_CURRENT_PID_TGID, connect4, 5.10, true",
        "SYSCTL_GET_NAME, sysctl, 5.10, true",
        "SYSCTL_GET_NAME, device, 6.12, false",
        "KTIME_GET_NS, connect_unix, 6.1, false",
        "KTIME_GET_NS, connect_unix, 6.7, true",
        "KTIME_GET_COARSE_NS, device, 6.12, false",
        "MAP_LOOKUP_ELEM, skb_ingress, 5.10, true",
        "KTIME_GET_BOOT_NS, sysctl, 5.10, true"
    })
    void isAvailableWhereTheVerifierAcceptsIt(Helper helper, String word, String kernel, boolean available) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        assertThat(helper.availableAt(hook, KernelVersion.parse(kernel).orElseThrow()))
                .isEqualTo(available);
    }

    /**
     * The expected numbers are those of helpers that the verifier accepted, over all helpers and
     * attach types.
     */
    @ParameterizedTest
    @CsvSource({"5.10, 1066", "6.1, 1735", "6.12, 2248"})
    void numberOfAvailableHelpersMatchesTheVerifier(String version, int accepted) {
        KernelVersion kernel = KernelVersion.parse(version).orElseThrow();
        int available = 0;
        for (Helper helper : Helper.values()) {
            for (Hook hook : Hook.values()) {
                available += helper.availableAt(hook, kernel) ? 1 : 0;
            }
        }
        assertThat(available).isEqualTo(accepted);
    }
}
