// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

/** A program that does nothing, to measure the cost of starting and exiting Java. */
public final class Nothing {
    private Nothing() {}

    /** Does nothing. */
    public static void main(String[] args) {}
}
