// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

/**
 * A request that a process could make, in the words of a test line before its {@code =>}
 * (docs/language.md, "Tests"), such as {@code connect tcp 192.0.2.1:443 as uid 1000}. The words
 * also give the values of params and the entries of live sets and tables that the request meets,
 * after {@code with}.
 *
 * @param words the words, in one line
 */
public record Request(String words) {
    /**
     * Creates a request. Its words are checked where a policy evaluates it.
     *
     * @throws IllegalArgumentException if the words are blank or more than one line
     */
    public Request {
        if (words.isBlank() || words.lines().count() > 1) {
            throw new IllegalArgumentException(
                    "a request is one line, such as `connect tcp 192.0.2.1:443`: `" + words + "`");
        }
    }
}
