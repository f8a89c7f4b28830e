// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.startup;

/** A Java program that does nothing: the least time that a command in Java can take. */
public final class EmptyMain {
    private EmptyMain() {}

    /** Ends at once. */
    public static void main(String[] args) {}
}
