// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The record in a stamp for one file in the folder of policies.
 *
 * @param kind how the file was used
 * @param name the name of the file in messages and objects
 * @param inputs the file itself, and the files that it includes
 * @param outputs the files that the goal wrote for it
 * @param params the params that the policy declares
 * @param warnings the warnings about it, as they are logged
 * @param facts further results of the goal, by name
 */
record Entry(
        Kind kind,
        String name,
        List<FileState> inputs,
        List<FileState> outputs,
        List<String> params,
        List<String> warnings,
        Map<String, String> facts) {
    /** The use of a file. */
    enum Kind {
        /** A policy for which the goal succeeded. */
        POLICY,
        /** A file that is not a policy, because a policy includes it. */
        INCLUDED,
        /**
         * A policy for which the goal must run again. Only its outputs are known, so that they can
         * be deleted with the policy.
         */
        STALE
    }

    Entry {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        params = List.copyOf(params);
        warnings = List.copyOf(warnings);
        facts = Map.copyOf(facts);
    }

    static Entry included(String name, FileState file) {
        return new Entry(Kind.INCLUDED, name, List.of(file), List.of(), List.of(), List.of(), Map.of());
    }

    /** Returns this entry for a goal that must run again. */
    Entry stale() {
        return new Entry(Kind.STALE, name, List.of(), outputs, List.of(), List.of(), Map.of());
    }

    /**
     * Returns a result of the goal.
     *
     * @throws IllegalStateException if there is no such fact
     */
    String fact(String key) {
        return Optional.ofNullable(facts.get(key))
                .orElseThrow(() -> new IllegalStateException("the stamp of `" + name + "` has no `" + key + "`"));
    }

    /** Returns the facts in the order of their names. */
    Map<String, String> sortedFacts() {
        return new TreeMap<>(facts);
    }
}
