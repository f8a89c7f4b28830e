// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.UnsupportedFields.Use;

/**
 * What the verifier accepts is either offered by the language or withheld with a reason, and never
 * both.
 */
class UnsupportedFieldsTest {
    private static Set<ContextField> withheld(Hook hook, Use use) {
        List<ContextField> fields = UnsupportedFields.at(hook).stream()
                .filter(one -> one.use() == use)
                .map(UnsupportedFields::field)
                .toList();
        assertThat(fields).doesNotHaveDuplicates();
        return new HashSet<>(fields);
    }

    @ParameterizedTest
    @EnumSource
    void everyReadableFieldIsEitherOfferedOrWithheld(Hook hook) {
        Set<ContextField> withheld = withheld(hook, Use.READ);
        Set<ContextField> offered = UnsupportedFields.offered(hook);
        assertThat(Stream.concat(withheld.stream(), offered.stream()))
                .containsExactlyInAnyOrderElementsOf(hook.readable());
    }

    @ParameterizedTest
    @EnumSource
    void everyWritableFieldIsEitherAssignableOrWithheld(Hook hook) {
        Set<ContextField> withheld = withheld(hook, Use.WRITE);
        Set<ContextField> assigned = UnsupportedFields.assigned(hook);
        assertThat(Stream.concat(withheld.stream(), assigned.stream()))
                .containsExactlyInAnyOrderElementsOf(hook.writable());
    }

    /** A field without a source could not be read by any program. */
    @ParameterizedTest
    @EnumSource
    void everyFieldHasASource(Hook hook) {
        for (Field field : HookFields.at(hook)) {
            boolean four =
                    hook.context() == ContextStruct.SOCK_ADDR && hook.word().endsWith("4");
            boolean option = hook.context() == ContextStruct.SOCKOPT;
            boolean saidByTheHook =
                    field == Field.FAMILY && four || option && (field == Field.READ || field == Field.WRITE);
            assertThat(FieldSources.context(hook, field).isEmpty()
                            && FieldSources.helper(hook, field).isEmpty())
                    .as(field.text() + " at " + hook)
                    .isEqualTo(saidByTheHook);
            FieldSources.helper(hook, field)
                    .ifPresent(helper -> assertThat(helper.since(hook)).isPresent());
        }
    }

    @Test
    void everyReasonIsOneLineWithoutAFullStop() {
        for (Hook hook : Hook.values()) {
            assertThat(UnsupportedFields.at(hook))
                    .allSatisfy(one -> assertThat(one.reason())
                            .hasSizeGreaterThan(5)
                            .doesNotEndWith(".")
                            .doesNotContain("\n"));
        }
    }

    @Test
    void withholdsFieldsWithMisleadingValues() {
        assertThat(UnsupportedFields.at(Hook.CONNECT_UNIX).stream()
                        .filter(one -> one.field().name().equals("user_port"))
                        .map(UnsupportedFields::reason))
                .containsExactly("contains bytes of sun_path, not a port", "would overwrite bytes of sun_path");
        assertThat(UnsupportedFields.at(Hook.SKB_EGRESS).stream()
                        .filter(one -> one.field().name().equals("remote_port"))
                        .map(UnsupportedFields::reason))
                .containsExactly("a property of the socket, not of the packet: 0 if it is not connected");
        assertThat(UnsupportedFields.at(Hook.DEVICE)).isEmpty();
    }
}
