// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.vm;

import java.util.List;

/**
 * The result of one test in a guest.
 *
 * @param testClass the class as it was selected
 * @param name display names from below the class down to the test, joined by `: `
 * @param millis its duration in the guest
 * @param message the reason, unless it passed
 */
record GuestResult(Outcome outcome, String testClass, String name, long millis, String message) {
    enum Outcome {
        PASSED,
        FAILED,
        /** The kernel lacks a feature that the test needs. */
        NOT_APPLICABLE
    }

    private static final String BETWEEN = "\t";

    /** Returns the line of a results file. */
    String line() {
        return String.join(BETWEEN, outcome.name(), testClass, escaped(name), Long.toString(millis), escaped(message));
    }

    /** Parses such a line. */
    static GuestResult parse(String line) {
        List<String> parts = List.of(line.split(BETWEEN, -1));
        if (parts.size() != 5) {
            throw new IllegalArgumentException("no result: " + line);
        }
        return new GuestResult(
                Outcome.valueOf(parts.get(0)),
                parts.get(1),
                parts.get(2).translateEscapes(),
                Long.parseLong(parts.get(3)),
                parts.get(4).translateEscapes());
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }
}
