// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.IntervalSet;

/** docs/semantics.md section 1, "use a socket option". */
class OptionSemanticsTest {
    private static final IntervalSet ANY = IntervalSet.range(0, 0xffff_ffffL);

    private static boolean holds(Guard guard, Request request) {
        Policy policy = Shorthand.policy(Shorthand.on(request.hook(), Verdict.DENY, Shorthand.allow(guard)));
        return Reference.decide(policy, Map.of(), request).verdict().allows();
    }

    private static Request set(int level, int optname, int optlen, int... bytes) {
        return use(Hook.SETSOCKOPT, level, optname, optlen, Math.max(16, Math.min(optlen, 4096)), 0, bytes);
    }

    private static Request use(Hook hook, int level, int optname, int optlen, int room, int retval, int... bytes) {
        byte[] value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return new Request.UseOption(
                hook,
                level,
                optname,
                optlen,
                ByteString.of(value, room),
                ByteOrder.LITTLE_ENDIAN,
                retval,
                Actor.ORDINARY);
    }

    @Test
    void anOptionIsIdentifiedByLevelAndNumber() {
        Guard mark = new Guard.In(Field.OPTION, IntervalSet.of(1L << 32 | 36));
        assertThat(holds(mark, set(1, 36, 4))).isTrue();
        assertThat(holds(mark, set(0, 36, 4))).isFalse();
        assertThat(holds(mark, set(36, 1, 4))).isFalse();
        Guard last = new Guard.In(Field.OPTION, IntervalSet.of(-1L));
        assertThat(holds(last, set(-1, -1, 4))).isTrue();
    }

    @Test
    void readAndWriteDistinguishTheTwoCalls() {
        Request get = use(Hook.GETSOCKOPT, 1, 36, 4, 4, 0);
        assertThat(holds(Shorthand.in(Field.READ, 1), get)).isTrue();
        assertThat(holds(Shorthand.in(Field.WRITE, 1), get)).isFalse();
        assertThat(holds(Shorthand.in(Field.READ, 1), set(1, 36, 4))).isFalse();
        assertThat(holds(Shorthand.in(Field.WRITE, 1), set(1, 36, 4))).isTrue();
    }

    /**
     * A value longer than what a program can read has the length of a page, and a missing result
     * has the length 0.
     */
    @ParameterizedTest
    @CsvSource({
        "setsockopt, 4, 16, 0, 4",
        "setsockopt, 4096, 4096, 0, 4096",
        "setsockopt, 4097, 4096, 0, 4096",
        "setsockopt, 0, 4096, 0, 4096",
        "setsockopt, 3, 16, 0, 3",
        "setsockopt, 0, 16, 0, 0",
        "getsockopt, 4, 4, 0, 4",
        "getsockopt, 4, 8, 0, 4",
        "getsockopt, 5, 4, 0, 0",
        "getsockopt, 4, 4, -92, 0",
        "getsockopt, 8192, 4096, -92, 0",
        "getsockopt, 4, 4, 1, 0"
    })
    void theLengthIsThatOfTheVisibleValue(String hook, int optlen, int room, int retval, long seen) {
        Request request = use(Hook.ofWord(hook).orElseThrow(), 1, 36, optlen, room, retval);
        assertThat(holds(new Guard.In(Field.OPTLEN, IntervalSet.of(seen)), request))
                .isTrue();
        boolean there = seen >= 1;
        assertThat(holds(new Guard.In(Field.OPTVAL, ANY), request)).isEqualTo(there);
    }

    @Test
    void aNegativeLengthIsAbsent() {
        assertThat(holds(new Guard.In(Field.OPTLEN, ANY), set(1, 36, -1))).isFalse();
        assertThat(holds(new Guard.In(Field.OPTVAL, ANY), set(1, 36, -1))).isFalse();
    }

    @Test
    void theValueIsTheFirstFourBytes() {
        Request request = set(1, 36, 5, 1, 2, 3, 0xff, 9);
        assertThat(holds(new Guard.In(Field.OPTVAL, IntervalSet.of(0xff03_0201L)), request))
                .isTrue();
        assertThat(holds(new Guard.In(Field.OPTVAL, IntervalSet.of(0xff)), set(1, 36, 3, 0xff, 2, 3)))
                .isTrue();
        assertThat(holds(new Guard.In(Field.OPTVAL, ANY), set(1, 36, 0))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-1, 1", "-92, 92", "-4095, 4095", "7, 0"})
    void theResultIsAnErrnoOrZero(int retval, long errno) {
        Request request = use(Hook.GETSOCKOPT, 1, 36, 4, 4, retval);
        assertThat(holds(new Guard.In(Field.RETVAL, IntervalSet.of(errno)), request))
                .isTrue();
    }

    @Test
    void theResultIsAbsentAtSetsockopt() {
        IntervalSet every = IntervalSet.range(0, Errno.MAX);
        assertThat(holds(new Guard.In(Field.RETVAL, every), set(1, 36, 4))).isFalse();
        assertThat(holds(new Guard.In(Field.RETVAL, every), use(Hook.GETSOCKOPT, 1, 36, 4, 4, -4096)))
                .isFalse();
    }

    /** Section 6: the intent applies at both hooks and at no other. */
    @Test
    void theIntentAppliesAtBothHooks() {
        Policy policy = Shorthand.policy(Shorthand.block(Intent.SOCKOPT, Verdict.DENY));
        List<Request> asked = List.of(set(1, 36, 4), use(Hook.GETSOCKOPT, 1, 36, 4, 4, 0));
        assertThat(asked)
                .allSatisfy(request -> assertThat(
                                Reference.decide(policy, Map.of(), request).verdict())
                        .isEqualTo(Verdict.DENY));
        Request sysctl = new Request.TouchSysctl("kernel/hostname", true, Actor.ORDINARY);
        assertThat(Reference.decide(policy, Map.of(), sysctl).verdict()).isEqualTo(Verdict.ALLOW);
    }
}
