// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.object.BpfObject;

/**
 * The manifest of a bundle: the description of everything that it contains (docs/bundles.md).
 *
 * @param name the name of the bundle
 * @param version its version
 * @param tool the tool that compiled the policies, such as {@code ringwallc 1.2.0}
 * @param contract the version of docs/abi.md that the objects follow
 * @param policies the policies, by name
 * @param files every other entry by its path
 */
public record Manifest(
        String name,
        String version,
        String tool,
        String contract,
        List<PolicyEntry> policies,
        Map<String, FileEntry> files) {
    /** The version of the format; it changes with the meaning of any member. */
    static final int FORMAT = 1;

    /** The maximum size of the manifest in bytes. */
    static final int MAX_BYTES = 2 << 20;

    public Manifest {
        policies = List.copyOf(policies);
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /**
     * An entry of the bundle.
     *
     * @param size in bytes
     * @param sha256 in hexadecimal digits
     */
    public record FileEntry(int size, String sha256) {}

    /**
     * A policy.
     *
     * @param name the name after {@code policy}
     * @param sources the paths of its sources in the bundle: the policy, then what it includes
     * @param params its params, in the order of their declarations
     * @param tests its tests, in their order
     * @param bypasses the known bypasses that the policy does not close
     * @param objects what it was compiled to, at least one
     */
    public record PolicyEntry(
            String name,
            List<String> sources,
            List<ParamEntry> params,
            List<TestEntry> tests,
            List<Bypass> bypasses,
            List<ObjectEntry> objects) {
        public PolicyEntry {
            sources = List.copyOf(sources);
            params = List.copyOf(params);
            tests = List.copyOf(tests);
            bypasses = List.copyOf(bypasses);
            objects = List.copyOf(objects);
        }
    }

    /**
     * A param, as docs/language.md describes it.
     *
     * @param type such as {@code port}
     * @param initial its value if none is given
     */
    public record ParamEntry(String name, String type, BigInteger min, BigInteger max, BigInteger initial) {}

    /**
     * A test block.
     *
     * @param name the sentence after {@code test}
     * @param lines the number of its lines
     */
    public record TestEntry(String name, int lines) {}

    /**
     * A bypass of a block that the policy has, as {@code ringwallc reach} reports it.
     *
     * @param block the words of the block
     * @param id the name of the bypass in docs/threat-model.md
     * @param status {@code open}, {@code narrowed}, {@code allowed} or {@code outside}
     * @param what what a process does
     * @param advice what to write in the policy, or to do on the host
     */
    public record Bypass(String block, String id, String status, String what, String advice) {}

    /**
     * An object.
     *
     * @param path its path in the bundle
     * @param order the byte order of the machines that run it
     * @param targets the kernels on which it must load, oldest first
     * @param maps its maps
     * @param needs what it needs of a kernel
     */
    public record ObjectEntry(
            String path, ByteOrder order, List<String> targets, List<MapEntry> maps, KernelNeeds needs) {
        public ObjectEntry {
            targets = List.copyOf(targets);
            maps = List.copyOf(maps);
        }

        /** Returns the byte order as a word: {@code little} or {@code big}. */
        public String endian() {
            return order.equals(ByteOrder.LITTLE_ENDIAN) ? "little" : "big";
        }
    }

    /**
     * A map.
     *
     * @param type in lower case, such as {@code lpm_trie}
     * @param key the size of a key in bytes
     * @param value the size of a value in bytes
     * @param entries the maximum number of entries; for a ring buffer, its size in bytes
     */
    public record MapEntry(String name, String type, int key, int value, int entries) {
        /** Returns the maps of an object, in its order. */
        public static List<MapEntry> of(BpfObject object) {
            return object.maps().stream()
                    .map(map -> new MapEntry(
                            map.name(),
                            KernelNeeds.typeName(map.type()),
                            map.keySize(),
                            map.valueSize(),
                            map.maxEntries()))
                    .toList();
        }
    }

    /**
     * Returns the SHA-256 in hex of a policy's entry and of the entries of its files. It changes
     * with any of its objects and sources, and not with other policies, signatures or the archive.
     */
    public String contentDigest(PolicyEntry policy) {
        return Digests.hex(ManifestText.content(this, policy));
    }

    /**
     * Returns the version of a bundle that is to be signed. A host that trusts a key compares it
     * with that which it has applied.
     *
     * @throws BundleException if hosts would refuse it, or it is 0, the version of a bundle for
     *     which none was given
     */
    public Version signable() throws BundleException {
        String shown = EntryName.shown(version);
        Version comparable = Version.of(version)
                .orElseThrow(() -> new BundleException(
                        "its version `" + shown + "` cannot be compared with others",
                        "build it with another --version: " + Version.help(shown)));
        if (comparable.isZero()) {
            throw new BundleException(
                    "its version is " + version + ", so that hosts could not refuse older bundles",
                    "build it with a version that grows: ringwallc bundle --version 1");
        }
        return comparable;
    }
}
