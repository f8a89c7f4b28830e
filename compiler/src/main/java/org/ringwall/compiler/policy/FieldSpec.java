// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;

/**
 * The description of a {@link Field}. The checker, test lines, the reference evaluator, the
 * diagram, the generated reads and the generators of tests are driven by it.
 *
 * @param numbers the context members that contain the value unchanged, at most one of each struct
 * @param helper the helper that returns the value, for fields of the caller
 * @param chosen how a process can choose the value itself; empty if it cannot, and for the address
 *     and port that it connects to
 * @param label the word before its values in the output of `reach`; empty if the values need none
 */
public record FieldSpec(
        FieldType type, List<ContextNumber> numbers, Optional<Helper> helper, Optional<String> chosen, String label) {
    /**
     * A numeric member of a context, 32 or 64 bits in host byte order, unsigned.
     *
     * @param name the name in {@link org.ringwall.bpf.kernel.ContextFields} and in requests
     * @param assignable whether policies can write it where the verifier accepts that
     * @param ofFullSocket whether it exists only if `is_fullsock` is not 0
     */
    public record ContextNumber(ContextStruct context, String name, boolean assignable, boolean ofFullSocket) {}

    public FieldSpec {
        numbers = List.copyOf(numbers);
        for (ContextNumber number : numbers) {
            int bytes = number.context().require(number.name()).bytes();
            if (bytes != (type == FieldType.LONG ? Long.BYTES : Integer.BYTES)) {
                throw new IllegalArgumentException("`%s` of %s has %d bytes, which differs from the field"
                        .formatted(number.name(), number.context(), bytes));
            }
            if (number.assignable() && type == FieldType.LONG) {
                throw new IllegalArgumentException("`" + number.name() + "`: no effect assigns 64 bits");
            }
        }
    }

    /** Returns the number of the hook's context that holds the value, if a program can read it. */
    public Optional<ContextNumber> number(Hook hook) {
        return number(hook.context())
                .filter(number -> hook.context().require(number.name()).readableAt(hook));
    }

    /** Returns the number of the struct that holds the value. */
    public Optional<ContextNumber> number(ContextStruct context) {
        for (ContextNumber number : numbers) {
            if (number.context() == context) {
                return Optional.of(number);
            }
        }
        return Optional.empty();
    }

    static FieldSpec of(FieldType type) {
        return new FieldSpec(type, List.of(), Optional.empty(), Optional.empty(), "");
    }

    /**
     * Returns the description of a plain number, without the contexts that have it. It gets the
     * type {@link FieldType#LONG} with its first context if the number has 64 bits there.
     */
    static FieldSpec number() {
        return of(FieldType.INT);
    }

    /** Returns the description of one of TCP's own numbers at sock_ops. */
    static FieldSpec ofTcp(String name) {
        return number().in(ContextStruct.SOCK_OPS, name).ofFullSocket();
    }

    /** Returns the description of the cgroup of the calling task at one level. */
    static FieldSpec ancestor() {
        return of(FieldType.CGROUP).from(Helper.GET_CURRENT_ANCESTOR_CGROUP_ID);
    }

    /** Returns a description that adds a number which policies can only test. */
    FieldSpec in(ContextStruct context, String name) {
        return with(new ContextNumber(context, name, false, false));
    }

    /** Returns a description that adds a number which policies can also assign. */
    FieldSpec assignable(ContextStruct context, String name) {
        return with(new ContextNumber(context, name, true, false));
    }

    private FieldSpec with(ContextNumber number) {
        List<ContextNumber> more = new ArrayList<>(numbers);
        more.add(number);
        boolean isLong = type == FieldType.INT
                && numbers.isEmpty()
                && number.context().require(number.name()).bytes() == Long.BYTES;
        return new FieldSpec(
                isLong ? FieldType.LONG : type, more, helper, chosen, label.isEmpty() ? number.name() : label);
    }

    /** Returns a description whose numbers exist only on full sockets. */
    FieldSpec ofFullSocket() {
        List<ContextNumber> full = numbers.stream()
                .map(number -> new ContextNumber(number.context(), number.name(), number.assignable(), true))
                .toList();
        return new FieldSpec(type, full, helper, chosen, label);
    }

    FieldSpec from(Helper source) {
        return new FieldSpec(type, numbers, Optional.of(source), chosen, label);
    }

    FieldSpec chosenBy(String how) {
        return new FieldSpec(type, numbers, helper, Optional.of(how), label);
    }

    FieldSpec shownAs(String word) {
        return new FieldSpec(type, numbers, helper, chosen, word);
    }
}
