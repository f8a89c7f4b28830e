// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.value.ByteString;

/**
 * A generator of requests at getsockopt and setsockopt, with options that a policy names and
 * lengths near what a program can read.
 */
final class OptionRequestGenerator {
    private static final List<Integer> LENGTHS = List.of(0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 4095, 4096, 4097, 8192);
    private static final int SHOWN = 4096;
    private static final int SHORTEST = 16;

    private final RandomChoices choices;
    private final Boundaries edges;
    private final ByteOrder order;

    OptionRequestGenerator(RandomChoices choices, Boundaries edges, ByteOrder order) {
        this.choices = choices;
        this.edges = edges;
        this.order = order;
    }

    Request request(Hook hook, Actor actor) {
        boolean reads = hook == Hook.GETSOCKOPT;
        List<Long> options = edges.numbers(Field.OPTION);
        long option = choices.chance(60) && !options.isEmpty()
                ? choices.oneOf(options)
                : choices.oneOf(Pools.OPTION_WORDS)
                        .value()
                        .intervals()
                        .get(0)
                        .low()
                        .low();
        long level = choices.chance(80) ? option >>> 32 : near(Field.LEVEL, choices.oneOf(0, 1, 6, 17, 41, 282));
        long number = choices.chance(80) ? option & 0xffff_ffffL : near(Field.OPTNAME, choices.below(100));
        int optlen = optlen();
        boolean before = !reads && optlen == 0 && choices.chance(50);
        int room = before ? SHOWN : Math.min(SHOWN, Math.max(0, reads ? asked(optlen) : Math.max(SHORTEST, optlen)));
        return new Request.UseOption(
                hook, (int) level, (int) number, optlen, value(room), order, reads ? retval() : 0, actor);
    }

    /** Generates a length. A negative one can only result from another program that ran before. */
    private int optlen() {
        return choices.chance(2)
                ? choices.oneOf(-1, Integer.MIN_VALUE)
                : (int) near(Field.OPTLEN, choices.oneOf(LENGTHS));
    }

    /** Generates the length of the caller's buffer, usually at least that of the result. */
    private int asked(int optlen) {
        return choices.chance(80) ? optlen : choices.oneOf(LENGTHS);
    }

    /** Generates a value whose first word is near one that the policy names. The rest is random. */
    private ByteString value(int room) {
        ByteBuffer value = ByteBuffer.allocate(Math.max(Integer.BYTES, room)).order(order);
        value.putInt((int) near(Field.OPTVAL, choices.oneOf(0, 1, 7, 64, -1)));
        while (value.remaining() > Long.BYTES && value.position() < SHORTEST) {
            value.putLong(choices.bits());
        }
        return ByteString.of(value.array(), room);
    }

    private int retval() {
        if (choices.chance(60)) {
            return 0;
        }
        return choices.chance(5)
                ? choices.oneOf(1, -4096, Integer.MIN_VALUE)
                : -(int) near(Field.RETVAL, choices.oneOf(1, 22, 92));
    }

    private long near(Field field, long otherwise) {
        List<Long> near = edges.numbers(field);
        return choices.chance(60) && !near.isEmpty() ? choices.oneOf(near) : otherwise;
    }
}
