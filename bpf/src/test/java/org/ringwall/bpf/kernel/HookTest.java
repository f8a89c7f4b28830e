// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.insn.Width;

class HookTest {
    private static final KernelVersion V6_18 = new KernelVersion(6, 18);

    @ParameterizedTest
    @EnumSource
    void isFoundByWordSectionAndAttachType(Hook hook) {
        assertThat(Hook.ofWord(hook.word())).contains(hook);
        assertThat(Hook.ofSection(hook.section())).contains(hook);
        assertThat(Hook.ofAttachType(hook.attachType())).contains(hook);
    }

    @Test
    void hasTwentyEightAttachTypes() {
        assertThat(Hook.values()).hasSize(28);
        assertThat(Hook.ofWord("connect5")).isEmpty();
        assertThat(Hook.ofSection("cgroup/connect5")).isEmpty();
        assertThat(Hook.ofAttachType(4)).isEmpty();
    }

    @Test
    void knowsTheOlderNameOfSockCreate() {
        assertThat(Hook.ofSection("cgroup/sock")).contains(Hook.SOCK_CREATE);
    }

    @ParameterizedTest
    @CsvSource({
        "connect4, 5.10, 0..1", "sysctl, 6.12, 0..1", "skb_ingress, 6.12, 0..1", "skb_egress, 5.10, 0..3",
        "bind4, 5.10, 0..1", "bind4, 5.11, 0..1", "bind4, 5.12, 0..3", "bind6, 6.1, 0..3",
        "recvmsg6, 5.10, 1..1", "getsockname4, 6.12, 1..1", "post_bind6, 6.12, 0..1", "sock_ops, 6.1, 0..1"
    })
    void returnRangeMatchesTheVerifier(String word, String kernel, String range) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        assertThat(hook.returns(KernelVersion.parse(kernel).orElseThrow())).hasToString(range);
    }

    @ParameterizedTest
    @EnumSource
    void returnRangeIncludesAllowAndExcludesMinusOne(Hook hook) {
        assertThat(hook.returns().contains(Hook.ALLOW)).isTrue();
        assertThat(hook.returns().contains(-1)).isFalse();
        assertThat(hook.returns().contains(0x1_0000_0001L)).isFalse();
    }

    @Test
    void hasNoDenialAtHooksThatCannotDeny() {
        assertThat(Arrays.stream(Hook.values()).filter(hook -> hook.denial().isEmpty()))
                .containsExactlyInAnyOrder(
                        Hook.SOCK_RELEASE,
                        Hook.SOCK_OPS,
                        Hook.RECVMSG4,
                        Hook.RECVMSG6,
                        Hook.RECVMSG_UNIX,
                        Hook.GETPEERNAME4,
                        Hook.GETPEERNAME6,
                        Hook.GETPEERNAME_UNIX,
                        Hook.GETSOCKNAME4,
                        Hook.GETSOCKNAME6,
                        Hook.GETSOCKNAME_UNIX);
    }

    @ParameterizedTest
    @EnumSource
    void isFoundByItsOperationAndFamily(Hook hook) {
        hook.call()
                .ifPresent(call -> assertThat(Arrays.stream(AddressFamily.values())
                                .filter(hook::is)
                                .map(family -> Hook.of(call, family)))
                        .containsExactly(Optional.of(hook)));
        assertThat(Hook.of(AddressCall.BIND, AddressFamily.UNIX)).isEmpty();
    }

    @Test
    void knowsWhichAddressIsADestinationAPeerOrASource() {
        assertThat(Arrays.stream(Hook.values()).filter(Hook::hasDestination))
                .containsExactlyInAnyOrder(Hook.CONNECT4, Hook.CONNECT6, Hook.SENDMSG4, Hook.SENDMSG6);
        assertThat(Arrays.stream(Hook.values()).filter(Hook::reportsPeer))
                .containsExactlyInAnyOrder(Hook.RECVMSG4, Hook.RECVMSG6, Hook.GETPEERNAME4, Hook.GETPEERNAME6);
        assertThat(Arrays.stream(Hook.values()).filter(Hook::hasSource))
                .containsExactlyInAnyOrder(Hook.SENDMSG4, Hook.SENDMSG6);
    }

    @ParameterizedTest
    @CsvSource({
        "connect4, true, false",
        "connect6, true, true",
        "sendmsg4, true, false",
        "sendmsg6, false, true",
        "getsockname6, true, true",
        "recvmsg4, true, false"
    })
    void carriesAddresses(String word, boolean v4, boolean v6) {
        Hook hook = Hook.ofWord(word).orElseThrow();
        assertThat(hook.carries(true)).isEqualTo(v4);
        assertThat(hook.carries(false)).isEqualTo(v6);
    }

    @Test
    void identifiesTheCallerExceptForPacketsAndReleases() {
        assertThat(Arrays.stream(Hook.values()).filter(hook -> !hook.identifiesCaller()))
                .containsExactlyInAnyOrder(Hook.SKB_INGRESS, Hook.SKB_EGRESS, Hook.SOCK_OPS, Hook.SOCK_RELEASE);
        assertThat(Hook.SOCK_RELEASE.inTaskContext()).isTrue();
    }

    @Test
    void bitOneHasAMeaningIfTheReturnRangeContainsThree() {
        for (Hook hook : Hook.values()) {
            assertThat(hook.bitOne() != ReturnBit.NONE)
                    .as(hook.word())
                    .isEqualTo(hook.returns().contains(3));
        }
    }

    /**
     * The expected numbers are those of accesses that the verifier accepted, over all offsets,
     * widths and attach types.
     */
    @ParameterizedTest
    @CsvSource({"5.10, 1120, 154", "6.1, 1122, 154", "6.12, 1183, 159"})
    void numberOfContextAccessesMatchesTheVerifier(String version, int reads, int writes) {
        KernelVersion kernel = KernelVersion.parse(version).orElseThrow();
        int read = 0;
        int written = 0;
        for (Hook hook : Hook.values()) {
            for (int offset = -8; offset < hook.context().size() + 8; offset++) {
                for (Width width : Width.values()) {
                    read += hook.mayRead(offset, width, kernel) ? 1 : 0;
                    written += kernel.atLeast(hook.since()) && hook.mayWrite(offset, width) ? 1 : 0;
                }
            }
        }
        assertThat(read).isEqualTo(reads);
        assertThat(written).isEqualTo(writes);
    }

    @ParameterizedTest
    @CsvSource({
        "connect4, 4, W, true", "connect4, 6, H, true", "connect4, 5, H, false", "connect4, 4, DW, false",
        "connect4, 8, W, false", "connect6, 8, DW, true", "connect6, 12, DW, false", "connect6, 16, DW, true",
        "sendmsg6, 44, DW, false", "sendmsg6, 48, DW, true", "sendmsg6, 56, DW, false", "connect4, 60, W, false",
        "connect4, 0, B, false", "sock_create, 48, W, true", "sock_create, 50, H, false", "sock_create, 9, B, false",
        "sock_create, 24, W, false", "post_bind4, 24, W, true", "device, 2, H, true", "device, 4, H, false",
        "sysctl, 7, B, true", "sysctl, 8, B, false", "sysctl, -4, W, false", "sock_ops, 213, B, false"
    })
    void readsTheContextAsTheVerifierAllows(String word, int offset, Width width, boolean accepted) {
        assertThat(Hook.ofWord(word).orElseThrow().mayRead(offset, width)).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource({
        "connect4, 4, W, true", "connect4, 4, H, false", "connect4, 24, W, true", "connect4, 24, H, false",
        "connect4, 0, W, false", "connect6, 8, DW, true", "sendmsg4, 40, W, true", "connect4, 40, W, false",
        "sock_create, 16, W, true", "post_bind4, 16, W, false", "device, 0, W, false", "sysctl, 4, W, true",
        "getsockopt, 36, W, true", "setsockopt, 36, W, false"
    })
    void writesTheContextAsTheVerifierAllows(String word, int offset, Width width, boolean accepted) {
        assertThat(Hook.ofWord(word).orElseThrow().mayWrite(offset, width)).isEqualTo(accepted);
    }

    @Test
    void refusesReadsOfFieldsThatAnOlderKernelLacks() {
        assertThat(Hook.SOCK_OPS.mayRead(216, Width.DW, KernelVersion.V6_1)).isFalse();
        assertThat(Hook.SOCK_OPS.mayRead(216, Width.DW, V6_18)).isTrue();
        assertThat(Hook.CONNECT_UNIX.mayRead(28, Width.W, KernelVersion.V6_1)).isFalse();
    }
}
