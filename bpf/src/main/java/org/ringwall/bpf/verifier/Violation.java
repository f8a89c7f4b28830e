package org.ringwall.bpf.verifier;

/** A demand that the instruction at `slot` breaks. */
public record Violation(Demand demand, int slot, String message) {
    @Override
    public String toString() {
        return "slot " + slot + ": " + message + " (" + demand.source() + ")";
    }
}
