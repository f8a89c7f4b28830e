// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Key;

class FieldReadingsTest {
    /** Checks the readings against docs/semantics.md section 12. */
    @ParameterizedTest
    @EnumSource
    void hooksOfIpv4AreThoseWhoseNamesEndInFour(Hook hook) {
        FieldReadings readings = FieldReadings.at(hook);
        for (Field field : List.of(Field.REMOTE_IP, Field.LOCAL_IP)) {
            boolean v4 = hook.word().endsWith("4") && HookFields.at(hook).contains(field);
            assertThat(readings.isV4(new Key(List.of(field)))).as(field.text()).isEqualTo(v4);
            assertThat(readings.isV4(new Key(List.of(Field.PROTO, field)))).isEqualTo(v4);
        }
        assertThat(readings.isV4(new Key(List.of(Field.REMOTE_PORT)))).isFalse();
        assertThat(readings.isV4(Key.NONE)).isFalse();
    }
}
