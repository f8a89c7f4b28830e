// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.loader.object.ObjectFile;
import org.ringwall.loader.state.StateTexts;

/**
 * A policy object that {@code ringwallc compile} wrote (docs/abi.md), or a plain object of another
 * compiler (docs/host.md). It is immutable.
 */
public final class PolicyObject {
    private final org.ringwall.loader.object.PolicyObject object;

    private PolicyObject(org.ringwall.loader.object.PolicyObject object) {
        this.object = object;
    }

    /**
     * Reads an object of at most 256 MiB for machines of this byte order. Needs no privilege and
     * no kernel. It is not from a bundle, so a host that trusts keys does not apply it; there,
     * use {@link Loader#read}.
     *
     * @throws LoaderException if the file cannot be read, is not an object for hooks of cgroups, or
     *     has parts or a version of the ABI that this loader does not support
     */
    public static PolicyObject read(Path file) {
        return Loader.translating(() -> new PolicyObject(ObjectFile.read(file.toString())));
    }

    /**
     * Returns the command that compiles a policy; empty unless a file has the name of policy text,
     * which ends with {@code .wall}.
     */
    public static Optional<String> compileCommand(String file) {
        return ObjectFile.compileCommand(file);
    }

    static PolicyObject of(org.ringwall.loader.object.PolicyObject object) {
        return new PolicyObject(object);
    }

    org.ringwall.loader.object.PolicyObject object() {
        return object;
    }

    /**
     * Returns whether another compiler made it. It has no params, live sets and counters then, and
     * is replaced by overlap.
     */
    public boolean isPlain() {
        return object.plain();
    }

    /** Returns the name of the policy; of a plain object that of its file. */
    public String policy() {
        return object.policy();
    }

    /** Returns the compiler and its version, such as {@code ringwallc 0.1.0}; may be empty. */
    public String tool() {
        return object.tool();
    }

    /** Returns the SHA-256 of the policy text in hex (docs/abi.md section 1); may be empty. */
    public String source() {
        return object.source();
    }

    /** Returns the names of the hooks for which it has a program, such as {@code connect4}. */
    public List<String> hooks() {
        return object.programs().keySet().stream().sorted().map(Hook::word).toList();
    }

    /** Returns the params, in the order of their declarations. */
    public List<Param> params() {
        return object.params().stream()
                .map(param -> new Param(
                        param.name(),
                        param.type(),
                        unsigned(param.min()),
                        unsigned(param.max()),
                        unsigned(param.preset())))
                .toList();
    }

    /** Returns the live sets, in the order of their names. */
    public List<LiveSet> liveSets() {
        return object.state().lives().entrySet().stream()
                .map(set -> new LiveSet(
                        set.getKey(),
                        set.getValue().type().word(),
                        set.getValue().max(),
                        set.getValue().within()))
                .toList();
    }

    /** Returns the counters, in the order of their names. */
    public List<Counter> counters() {
        return object.state().counters().entrySet().stream()
                .map(counter -> StateTexts.counter(counter.getKey(), counter.getValue()))
                .toList();
    }

    static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    /** Returns the name of the policy. */
    @Override
    public String toString() {
        return "policy " + policy();
    }

    /**
     * A param: a number that is fixed when the policy is applied.
     *
     * @param name the name in the policy
     * @param type the type in the policy, such as {@code port}
     * @param min the smallest value, from 0
     * @param max the largest value, up to 2^64−1
     * @param initial the value if none is given
     */
    public record Param(String name, String type, BigInteger min, BigInteger max, BigInteger initial) {}

    /**
     * A live set, whose elements change while the policy is in force.
     *
     * @param name the name in the policy
     * @param type the type of its elements in the policy, such as {@code net}
     * @param max the largest number of elements
     * @param within the ranges that contain all elements, as policies write them; empty for the
     *     whole type
     */
    public record LiveSet(String name, String type, int max, Optional<List<String>> within) {
        /** Creates a live set. */
        public LiveSet {
            within = within.map(List::copyOf);
        }
    }
}
