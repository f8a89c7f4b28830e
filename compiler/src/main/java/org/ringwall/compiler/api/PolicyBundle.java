// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.Release;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.BundleFile;
import org.ringwall.bundle.BundleWriter;
import org.ringwall.bundle.Manifest.Bypass;
import org.ringwall.bundle.Manifest.ParamEntry;
import org.ringwall.bundle.Manifest.TestEntry;
import org.ringwall.bundle.Version;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.report.ReachReport;

/**
 * A bundle: one file with the objects of policies for several kernels and both byte orders, their
 * sources, and a manifest with the digest of each (docs/bundles.md). {@code ringwall apply} chooses
 * the object of each policy that fits a host.
 */
public final class PolicyBundle {
    private static final String PARENT = "_parent";
    private static final String SOURCES = "sources/";

    /** A compiler of single policies. */
    @FunctionalInterface
    public interface PolicyCompiler {
        /**
         * Compiles a policy.
         *
         * @param file its path, relative to the base of the options
         * @throws IOException if it cannot be read
         */
        CompileResult compile(Path file, Options options) throws IOException;
    }

    private final List<Policy> policies;
    private final byte[] content;

    private PolicyBundle(List<Policy> policies, byte[] content) {
        this.policies = List.copyOf(policies);
        this.content = content;
    }

    /**
     * Compiles policies for a bundle. The same files, arguments and version give the same bytes.
     *
     * @param name the name of the bundle, in any form
     * @param version its version, in a form that hosts can compare: numbers with dots, and an
     *     optional suffix, as in `7` or `1.4.0-rc1`
     * @param files the policies, by paths that are relative to the base of the options
     * @param targets sets of kernels. Each policy is compiled for each set, to an object that loads
     *     on all kernels of the set; none means the targets of the options
     * @param options params, each for the policies that declare it, and the base. The byte order
     *     has no effect, since both are compiled
     * @throws IOException if a policy, or a file that it includes, cannot be read
     * @throws InvalidBundleException if the version cannot be compared, two policies have the same
     *     name, no policy declares one of the params, or a path or a size is too large
     * @throws IllegalArgumentException if a target is not a kernel version
     */
    public static BundleResult compile(
            String name, String version, List<Path> files, List<List<String>> targets, Options options)
            throws IOException {
        return compile(name, version, files, targets, options, Ringwall::compile);
    }

    /**
     * Compiles policies for a bundle as the method without a compiler does, by another compiler,
     * such as one that remembers its results.
     *
     * @param compiler compiles as {@link Ringwall#compile(Path, Options)} does
     */
    public static BundleResult compile(
            String name,
            String version,
            List<Path> files,
            List<List<String>> targets,
            Options options,
            PolicyCompiler compiler)
            throws IOException {
        if (Version.of(version).isEmpty()) {
            throw new InvalidBundleException("`" + version + "` is not a version of a bundle", Version.help(version));
        }
        List<List<String>> sets = targets.isEmpty() ? List.of(options.targets()) : targets;
        BundleWriter writer = new BundleWriter(name, version, Compiler.TOOL, Release.CONTRACT);
        List<CompileResult> results = new ArrayList<>();
        List<Policy> policies = new ArrayList<>();
        Map<String, Path> names = new TreeMap<>();
        Set<String> unused = new TreeSet<>(options.params().keySet());
        for (Path file : files) {
            List<CompileResult> compiled = new ArrayList<>();
            CompileResult result = compiled(file, sets, options, compiler, compiled);
            results.add(result);
            if (result.policy().isEmpty()) {
                continue;
            }
            Policy policy = result.policy().get();
            policies.add(policy);
            policy.params().forEach(param -> unused.remove(param.name()));
            Path before = names.putIfAbsent(policy.name(), file);
            if (before != null) {
                throw new InvalidBundleException(
                        "`" + before + "` and `" + file + "` are both policy `" + policy.name() + "`",
                        "rename one of them, or make two bundles");
            }
            add(writer, file, result, compiled, options);
        }
        if (policies.size() < files.size()) {
            return new BundleResult(results, Optional.empty());
        }
        if (!unused.isEmpty()) {
            throw new InvalidBundleException(
                    "no policy declares the param `" + unused.iterator().next() + "`", "check its name, or remove it");
        }
        return new BundleResult(results, Optional.of(new PolicyBundle(policies, written(writer))));
    }

    private static byte[] written(BundleWriter writer) {
        try {
            return writer.write();
        } catch (BundleException e) {
            throw new InvalidBundleException(String.valueOf(e.getMessage()), e.help());
        }
    }

    /**
     * Compiles a policy for all sets and both byte orders, until an error is found.
     *
     * @param all receives the results, in pairs of little and big endian
     * @return the one with an error, else the first
     */
    private static CompileResult compiled(
            Path file, List<List<String>> sets, Options given, PolicyCompiler compiler, List<CompileResult> all)
            throws IOException {
        Options options = given.params().isEmpty() ? given : own(file, sets.get(0), given, compiler);
        for (List<String> set : sets) {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                CompileResult result = compiler.compile(
                        file, options.withTargets(set.toArray(String[]::new)).withOrder(order));
                all.add(result);
                if (result.policy().isEmpty()) {
                    return result;
                }
            }
        }
        return all.get(0);
    }

    /** Returns the options without the params that a policy does not declare. */
    private static Options own(Path file, List<String> targets, Options options, PolicyCompiler compiler)
            throws IOException {
        CompileResult plain = compiler.compile(file, new Options(targets, options.order(), Map.of(), options.base()));
        Map<String, String> params = new TreeMap<>(options.params());
        plain.policy()
                .ifPresent(policy -> params.keySet()
                        .retainAll(policy.params().stream().map(Param::name).toList()));
        return new Options(options.targets(), options.order(), params, options.base());
    }

    private static void add(
            BundleWriter writer, Path file, CompileResult result, List<CompileResult> compiled, Options options)
            throws IOException {
        Path base = options.base().toAbsolutePath().normalize();
        Map<String, byte[]> sources = new LinkedHashMap<>();
        List<Path> read = new ArrayList<>(List.of(file));
        result.files().forEach(name -> read.add(Path.of(name)));
        for (Path each : read) {
            Path source = base.resolve(each).normalize();
            sources.put(path(base.relativize(source)), Files.readAllBytes(source));
        }
        Policy policy = result.policy().orElseThrow();
        writer.add(
                policy.name(),
                sources,
                policy.params().stream()
                        .map(param ->
                                new ParamEntry(param.name(), param.type(), param.min(), param.max(), param.initial()))
                        .toList(),
                policy.tests().stream()
                        .map(test -> new TestEntry(test.name(), test.cases().size()))
                        .toList(),
                bypasses(policy),
                objects(compiled));
    }

    /**
     * Returns the path of a source in the bundle. A folder above the base is `_parent`, so that the
     * relative paths by which policies include each other stay the same.
     */
    private static String path(Path relative) {
        List<String> parts = new ArrayList<>();
        relative.forEach(part -> parts.add(part.toString().equals("..") ? PARENT : part.toString()));
        return String.join("/", parts);
    }

    private static List<Bypass> bypasses(Policy policy) {
        List<Bypass> bypasses = new ArrayList<>();
        for (ReachReport.BlockReach block : policy.bypasses()) {
            for (ReachReport.BypassReport bypass : block.bypasses()) {
                boolean closed = bypass.status() == ReachReport.Status.CLOSED
                        || bypass.status() == ReachReport.Status.NOT_APPLICABLE;
                if (block.present() && !closed) {
                    bypasses.add(new Bypass(
                            block.block(), bypass.id(), bypass.status().word(), bypass.what(), bypass.advice()));
                }
            }
        }
        return bypasses;
    }

    /** Returns each object once, for all targets to which it was compiled. */
    private static List<BundleWriter.Compiled> objects(List<CompileResult> compiled) {
        List<Policy> different = new ArrayList<>();
        List<TreeSet<KernelVersion>> targets = new ArrayList<>();
        for (CompileResult result : compiled) {
            Policy policy = result.policy().orElseThrow();
            int same = 0;
            while (same < different.size() && !different.get(same).elf().equals(policy.elf())) {
                same++;
            }
            if (same == different.size()) {
                different.add(policy);
                targets.add(new TreeSet<>());
            }
            targets.get(same).addAll(policy.targets());
        }
        List<BundleWriter.Compiled> objects = new ArrayList<>();
        for (int i = 0; i < different.size(); i++) {
            objects.add(new BundleWriter.Compiled(
                    different.get(i).content(),
                    different.get(i).elf(),
                    targets.get(i).stream().map(KernelVersion::toString).toList()));
        }
        return objects;
    }

    /** Returns the policies, compiled for little-endian machines and the first targets. */
    public List<Policy> policies() {
        return policies;
    }

    /** Returns a copy of the bytes of the bundle, which is a tar file. */
    public byte[] content() {
        return content.clone();
    }

    /**
     * Returns the bytes of the bundle as a gzip file. They depend on the zlib of the running Java,
     * but what they inflate to is {@link #content}.
     */
    public byte[] compressed() {
        return BundleWriter.compressed(content);
    }

    /** Returns the SHA-256 of the manifest in hex, by which hosts name the bundle. */
    public String digest() {
        return BundleWriter.digest(content);
    }

    /** Returns exactly the bytes to be signed, for a key that is elsewhere, as in an HSM. */
    public byte[] payload() {
        return Envelope.of(digest()).message();
    }

    /**
     * Returns this bundle with one more signature. The digest stays the same.
     *
     * @param key a private key for Ed25519 or ECDSA with P-256: PKCS#8 as PEM
     * @param passphrase of an encrypted key, in printable ASCII; ignored for one that is not
     * @throws InvalidBundleException if the key cannot be read, or the passphrase is not its own
     */
    public PolicyBundle signedBy(byte[] key, Optional<char[]> passphrase) {
        return signed(envelope -> {
            SigningKey secret = SigningKey.read(key, passphrase);
            return envelope.with(secret.publicKey(), secret.sign(envelope.message()));
        });
    }

    /**
     * Returns this bundle with a signature that was made elsewhere. The digest stays the same.
     *
     * @param publicKey whose signature it is: SubjectPublicKeyInfo as PEM
     * @param signature of {@link #payload}: 64 bytes for Ed25519; for ECDSA DER or
     *     64 bytes
     * @throws InvalidBundleException if the key cannot be read, or does not verify the signature
     */
    public PolicyBundle withSignature(byte[] publicKey, byte[] signature) {
        return signed(envelope -> envelope.with(VerifyingKey.read(publicKey), signature));
    }

    /** An addition of a signature. */
    private interface Signer {
        Envelope sign(Envelope envelope) throws SigningException;
    }

    private PolicyBundle signed(Signer signer) {
        try {
            Archive archive = Archive.of(ByteBuffer.wrap(content));
            Bundle.manifest(archive).signable();
            String digest = archive.manifestDigest();
            Optional<ByteBuffer> before = archive.envelope();
            Envelope envelope = before.isPresent() ? Envelope.read(before.get(), digest) : Envelope.of(digest);
            return new PolicyBundle(
                    policies, archive.withEnvelope(signer.sign(envelope).text()));
        } catch (SigningException e) {
            throw new InvalidBundleException(String.valueOf(e.getMessage()), e.help());
        } catch (BundleException e) {
            throw new InvalidBundleException(String.valueOf(e.getMessage()), e.help());
        }
    }

    /**
     * Returns the sources in the file of a bundle, by their paths in it, such as {@code
     * src/main/wall/common.wall}. Each has the digest that the manifest names; signatures are not
     * verified. No path is absolute or has {@code ..} in it.
     *
     * @throws IOException if the file cannot be read
     * @throws InvalidBundleException if it is not a bundle, or was damaged
     */
    public static SortedMap<String, byte[]> sources(Path bundle) throws IOException {
        SortedMap<String, byte[]> sources = new TreeMap<>();
        try {
            Archive archive = Archive.of(BundleFile.read(bundle));
            if (!archive.matchesManifest()) {
                throw new InvalidBundleException(
                        "its files are not those that its manifest names",
                        "build the bundle again with ringwallc bundle or Maven, and copy it as a whole");
            }
            archive.files().forEach((name, view) -> {
                if (name.startsWith(SOURCES)) {
                    byte[] bytes = new byte[view.remaining()];
                    view.duplicate().get(bytes);
                    sources.put(name.substring(SOURCES.length()), bytes);
                }
            });
        } catch (BundleException e) {
            throw new InvalidBundleException(String.valueOf(e.getMessage()), e.help());
        }
        return sources;
    }
}
