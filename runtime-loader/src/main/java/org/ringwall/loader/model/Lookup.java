// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Optional;
import java.util.function.Function;

/**
 * The result of a lookup of a cgroup by its id. Only {@link Gone} proves that the cgroup was
 * removed; {@link Unknown} does not.
 *
 * @param <T> what is known of a cgroup that exists
 */
public sealed interface Lookup<T> {
    /** The cgroup exists. */
    record Present<T>(T value) implements Lookup<T> {}

    /** The cgroup was removed. This is final, because ids are never reused. */
    record Gone<T>() implements Lookup<T> {}

    /**
     * This process cannot determine whether the cgroup exists.
     *
     * @param reason why, to be printed after a colon
     */
    record Unknown<T>(String reason) implements Lookup<T> {}

    /** Returns what was found; empty if the cgroup was removed or cannot be looked up. */
    default Optional<T> found() {
        return this instanceof Present<T> present ? Optional.of(present.value()) : Optional.empty();
    }

    /** Applies a function to what was found. */
    default <R> Lookup<R> map(Function<T, R> view) {
        if (this instanceof Present<T> present) {
            return new Present<>(view.apply(present.value()));
        }
        return this instanceof Unknown<T> unknown ? new Unknown<>(unknown.reason()) : new Gone<>();
    }
}
