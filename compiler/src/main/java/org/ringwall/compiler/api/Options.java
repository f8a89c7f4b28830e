// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The options of a compilation.
 *
 * @param targets the kernels on which the object must load, such as {@code 5.10}; if empty, 5.10 or
 *     the version that the policy requires
 * @param order the byte order of the machines that run the object
 * @param params values that replace the defaults of params, by name, as policies write them
 * @param base the folder to which a relative path of a policy is relative
 */
public record Options(List<String> targets, ByteOrder order, Map<String, String> params, Path base) {
    /** No targets, little endian, the policy's own defaults, the current folder. */
    public static final Options DEFAULT = new Options(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of(), Path.of(""));

    /**
     * Creates options.
     *
     * @throws IllegalArgumentException if a target is not a kernel version
     */
    public Options {
        targets = List.copyOf(targets);
        targets.forEach(Options::version);
        params = Collections.unmodifiableMap(new TreeMap<>(params));
    }

    /**
     * Returns these options with other targets.
     *
     * @throws IllegalArgumentException if one is not a kernel version
     */
    public Options withTargets(String... versions) {
        return new Options(List.of(versions), order, params, base);
    }

    /** Returns these options with another byte order. */
    public Options withOrder(ByteOrder other) {
        return new Options(targets, other, params, base);
    }

    /** Returns these options with one more value of a param. */
    public Options withParam(String name, String value) {
        Map<String, String> more = new TreeMap<>(params);
        more.put(name, value);
        return new Options(targets, order, more, base);
    }

    /** Returns these options with another folder for relative paths. */
    public Options withBase(Path folder) {
        return new Options(targets, order, params, folder);
    }

    static KernelVersion version(String text) {
        return KernelVersion.parse(text)
                .orElseThrow(() ->
                        new IllegalArgumentException("`" + text + "` is not a kernel version; write one such as 5.10"));
    }
}
