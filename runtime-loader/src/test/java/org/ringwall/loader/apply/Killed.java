// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

/** Thrown when the simulated process is killed. Its later calls have no effect. */
public final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
        super("killed");
    }
}
