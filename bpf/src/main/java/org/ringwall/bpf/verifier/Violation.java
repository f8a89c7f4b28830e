// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

/** A violation of a requirement by the instruction at `slot`. */
public record Violation(VerifierAssertion demand, int slot, String message) {
    @Override
    public String toString() {
        return "slot " + slot + ": " + message + " (" + demand.source() + ")";
    }
}
