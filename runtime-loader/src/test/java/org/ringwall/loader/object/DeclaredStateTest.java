// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.model.InputException;

/** Objects whose texts contradict their maps. */
class DeclaredStateTest {
    @Test
    void compiledStateIsAccepted() {
        assertThat(StateObjects.web().policy().state().lives()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bpf_metadata_live_blocked|net max 9 within 127.0.0.0/8|its map `live_blocked` does not match its description",
                "bpf_metadata_live_blocked|port max 8|its map `live_blocked` does not match its description",
                "bpf_metadata_live_blocked|net max 8 within 127.0.0.1/8|`127.0.0.1/8` has host bits set",
                "bpf_metadata_live_blocked|net|its `bpf_metadata_live_blocked` does not describe its use",
                "bpf_metadata_live_nodes|device max 4 within char_10|`char 10` is not a device",
                "bpf_metadata_counter_tries|remote.port : tries attempts|its map `counter_tries` does not match its description",
                "bpf_metadata_rate_slow|: 0 burst 7|its `bpf_metadata_rate_slow` does not describe its use",
                "bpf_metadata_table_to|remote.ip : v4 max 4 choices 3 within 10.0.0.0/8 ports 80 default deny|its map `table_to`",
                "bpf_metadata_table_to|remote.ip : v4 max 4 choices 2 within 10.0.0.0/8 ports x default deny|`x` is not a number",
                "ringwall_log_0|somewhere|its `ringwall_log_0` does not describe its use"
            })
    void inconsistentStateTextIsRefused(String variable, String text, String why) {
        assertThatThrownBy(() -> StateObjects.web().text(variable, text).policy())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("ringwall cannot apply this object: ")
                .hasMessageContaining(why);
    }

    /** A damaged object is rejected with a message or accepted; no other exception is thrown. */
    @Test
    void damagedObjectsAreRefusedOrAccepted() {
        byte[] file = StateObjects.web().file();
        Random random = new Random(11);
        int taken = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = file.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                PolicyObject.of(ObjectReader.read(damaged)).state();
                taken++;
            } catch (ObjectFormatException | InputException refused) {
                assertThat(refused).hasMessageMatching("(?s).+");
            }
        }
        assertThat(taken).isBetween(1, 2999);
    }
}
