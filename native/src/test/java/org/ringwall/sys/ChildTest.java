// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ChildTest {
    private static final int TERM = 15;

    /** A signal may arrive when the process has ended, or is no longer watched. */
    @Test
    void aClosedProcessTakesNoSignals() throws IOException {
        Process process = new ProcessBuilder("sleep", "600").start();
        try {
            Child child = Child.of(Syscalls.ofThisMachine(), process.pid());
            child.close();
            child.signal(TERM);
            child.signalGroup(TERM);
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }
}
