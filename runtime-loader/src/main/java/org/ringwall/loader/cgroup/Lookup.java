package org.ringwall.loader.cgroup;

import java.util.Optional;
import java.util.function.Function;

/**
 * The answer to a lookup of a cgroup by its id. Only {@link Gone} is proof that the cgroup was removed; {@link Unknown} is not.
 *
 * @param <T> what is known of a cgroup that exists
 */
public sealed interface Lookup<T> {
    /** The cgroup exists. */
    record Present<T>(T value) implements Lookup<T> {}

    /** The cgroup was removed. Ids are never reused, so this stays so. */
    record Gone<T>() implements Lookup<T> {}

    /**
     * Whether the cgroup exists cannot be determined by this process.
     *
     * @param reason why, to be printed after a colon
     */
    record Unknown<T>(String reason) implements Lookup<T> {}

    /** What was found; empty if the cgroup is gone or cannot be looked up. */
    default Optional<T> found() {
        return this instanceof Present<T> present ? Optional.of(present.value()) : Optional.empty();
    }

    /** The same answer about another view of what was found. */
    default <R> Lookup<R> map(Function<T, R> view) {
        if (this instanceof Present<T> present) {
            return new Present<>(view.apply(present.value()));
        }
        return this instanceof Unknown<T> unknown ? new Unknown<>(unknown.reason()) : new Gone<>();
    }
}
