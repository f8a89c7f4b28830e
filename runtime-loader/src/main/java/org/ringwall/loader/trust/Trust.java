// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.text.Printable;
import org.ringwall.bundle.Archive;
import org.ringwall.bundle.Bundle;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.Manifest;
import org.ringwall.bundle.Manifest.PolicyEntry;
import org.ringwall.bundle.Version;
import org.ringwall.bundle.sign.Envelope;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.model.Signed;
import org.ringwall.loader.model.Signer;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.IoReason;

/**
 * Admission by signatures. Once this host trusts a key, it admits only bundles that a valid key has
 * signed for all of their policies, and whose version is not lower than that applied before.
 */
public final class Trust implements RecordedAdmission {
    private final TrustFiles files;
    private final Map<String, TrustedKey> keys;
    private final LocalDate today;
    private final boolean downgrade;

    private Trust(TrustFiles files, List<TrustedKey> keys, LocalDate today, boolean downgrade) {
        this.files = files;
        this.keys = keys.stream().collect(Collectors.toMap(TrustedKey::id, each -> each));
        this.today = today;
        this.downgrade = downgrade;
    }

    /**
     * Reads the keys of this host.
     *
     * @param downgrade whether lower versions are admitted
     * @throws HostException if the file of a key is invalid, or users besides root can change it
     */
    public static Trust of(TrustFiles files, boolean downgrade) {
        return new Trust(files, files.keys(), TrustedKey.today(), downgrade);
    }

    @Override
    public boolean admitsAll() {
        return keys.isEmpty();
    }

    @Override
    public void checkObject(String file) {
        if (!admitsAll()) {
            throw new HostException(
                    "`" + file + "` is refused: it is not from a signed bundle, and this host trusts keys",
                    "apply a bundle: ringwallc bundle, then ringwallc sign; see ringwall trust list");
        }
    }

    /**
     * Returns the signatures of a bundle.
     *
     * @throws HostException if the envelope is malformed, or belongs to another bundle
     */
    public List<Signer> signers(String file, Archive archive) {
        Optional<ByteBuffer> content = archive.envelope();
        if (content.isEmpty()) {
            return List.of();
        }
        try {
            Envelope envelope = Envelope.read(content.get(), archive.manifestDigest());
            return envelope.keys().stream().map(id -> signer(envelope, id)).toList();
        } catch (SigningException e) {
            throw refused(file, String.valueOf(e.getMessage()), e.help());
        }
    }

    private Signer signer(Envelope envelope, String id) {
        TrustedKey known = keys.get(id);
        if (known == null) {
            return new Signer(id, Optional.of("is not trusted by this host"));
        }
        return envelope.isSignedBy(known.key())
                ? new Signer(id, known.invalid(today))
                : new Signer(id, Optional.of("has another signature: the bundle was changed"));
    }

    private static HostException refused(String file, String why, String help) {
        return new HostException("the bundle `" + file + "` is refused: " + why, help);
    }

    @Override
    public Content checkSignatures(String file, Archive archive) {
        if (admitsAll()) {
            return manifest -> Map.of();
        }
        List<TrustedKey> valid = valid(file, archive);
        return manifest -> admit(file, manifest, valid);
    }

    /** Returns the keys whose signatures are accepted; refuses the bundle if there is none. */
    private List<TrustedKey> valid(String file, Archive archive) {
        List<Signer> signers = signers(file, archive);
        if (signers.isEmpty()) {
            throw refused(
                    file,
                    "it is not signed, and this host trusts keys",
                    "sign it: ringwallc sign " + file + " --key KEY.pem; see ringwall trust list");
        }
        List<TrustedKey> valid = new ArrayList<>();
        for (Signer signer : signers) {
            TrustedKey known = keys.get(signer.key());
            // A valid signature by another key does not excuse an invalid one by a known key.
            if (known != null
                    && signer.fault().isPresent()
                    && known.invalid(today).isEmpty()) {
                throw refused(file, "key " + signer.key() + " " + signer.fault().get(), "get the bundle again");
            }
            if (known != null && signer.fault().isEmpty()) {
                valid.add(known);
            }
        }
        if (valid.isEmpty()) {
            String why = signers.stream()
                    .map(each -> "key " + each.key() + " " + each.fault().orElse(""))
                    .collect(Collectors.joining("; "));
            throw refused(file, why, "let a key sign it that ringwall trust list shows as valid");
        }
        return valid;
    }

    /**
     * Verifies again that an object in force belongs to a bundle that a valid key has signed for
     * its policy. The version is not checked; that was done when the policy was applied.
     *
     * @param origin the bundle that is recorded as its origin, if any
     * @param kept the stored manifest and signatures of that bundle, if any
     * @param object the SHA-256 of the object in hex
     */
    public Signed reverify(String policy, String object, Optional<BundleOrigin> origin, Optional<Bytes> kept) {
        if (origin.isEmpty()) {
            return unsigned("it is not from a bundle");
        }
        if (kept.isEmpty()) {
            String why = "an earlier ringwall applied it, which kept no signature";
            return admitsAll() ? new Signed(Signed.State.NOT_CHECKED, why) : new Signed(Signed.State.INVALID, why);
        }
        try {
            Archive archive = Archive.of(ByteBuffer.wrap(kept.get().toArray()));
            if (!archive.manifestDigest().equals(origin.get().digest())) {
                return new Signed(Signed.State.INVALID, "the stored manifest does not belong to the recorded bundle");
            }
            Manifest manifest = Bundle.manifest(archive);
            Optional<String> wrong = contradiction(origin.get(), archive, manifest);
            if (wrong.isPresent()) {
                return new Signed(Signed.State.INVALID, wrong.get());
            }
            boolean named = manifest.policies().stream()
                    .filter(each -> each.name().equals(policy))
                    .flatMap(each -> each.objects().stream())
                    .map(each -> manifest.files().get(each.path()))
                    .anyMatch(file -> file != null && file.sha256().equals(object));
            if (!named) {
                return new Signed(Signed.State.INVALID, "the object does not belong to the recorded bundle");
            }
            if (archive.envelope().isEmpty()) {
                return unsigned("its bundle is not signed");
            }
            return admitsAll()
                    ? new Signed(Signed.State.NOT_CHECKED, "this host trusts no key")
                    : valid(manifest.name(), archive).stream()
                            .filter(key -> key.covers(policy))
                            .findFirst()
                            .map(key -> new Signed(Signed.State.VALID, key.id()))
                            .orElse(new Signed(Signed.State.INVALID, "no key that signed it is trusted for it"));
        } catch (BundleException | HostException e) {
            return new Signed(Signed.State.INVALID, String.valueOf(e.getMessage()));
        }
    }

    /** Returns how the record of an origin contradicts its bundle; empty if it does not. */
    private Optional<String> contradiction(BundleOrigin origin, Archive archive, Manifest manifest) {
        if (!manifest.name().equals(origin.name()) || !manifest.version().equals(origin.version())) {
            return Optional.of("the recorded bundle has another name or version");
        }
        boolean signed = origin.key().isEmpty()
                || signers(manifest.name(), archive).stream()
                        .anyMatch(signer -> signer.key().equals(origin.key().get()));
        return signed ? Optional.empty() : Optional.of("the recorded key has not signed the bundle");
    }

    private Signed unsigned(String why) {
        return admitsAll()
                ? new Signed(Signed.State.UNSIGNED, why)
                : new Signed(Signed.State.INVALID, why + ", and this host trusts keys");
    }

    private Map<String, String> admit(String file, Manifest manifest, List<TrustedKey> valid) {
        Map<String, String> admitting = new TreeMap<>();
        for (PolicyEntry policy : manifest.policies()) {
            valid.stream()
                    .filter(key -> key.covers(policy.name()))
                    .findFirst()
                    .ifPresent(key -> admitting.put(policy.name(), key.id()));
            if (!admitting.containsKey(policy.name())) {
                String ids = valid.stream().map(TrustedKey::id).collect(Collectors.joining(", "));
                throw refused(
                        file,
                        "key " + ids + " is not trusted for policy `" + Printable.of(policy.name()) + "`",
                        "let another key sign it, or add to the scopes of this one, all of which --replace needs:"
                                + " ringwall trust add KEY.pub --replace --scope GLOB");
            }
        }
        Optional<Version> version = Version.of(manifest.version());
        if (version.isEmpty()) {
            throw refused(
                    file,
                    "its version `" + Printable.of(manifest.version()) + "` cannot be compared with others",
                    "build it with another --version: " + Version.help(Printable.of(manifest.version())));
        }
        if (!downgrade) {
            manifest.policies()
                    .forEach(policy -> refuseOlder(
                            file,
                            policy.name(),
                            new Recorded(version.get(), Optional.of(manifest.contentDigest(policy)))));
        }
        return admitting;
    }

    private void refuseOlder(String file, String policy, Recorded next) {
        Recorded highest = files.versions().read().getOrDefault(policy, next);
        if (highest.refuses(next)) {
            throw older(file, policy, next, highest, "was applied before");
        }
    }

    private static HostException older(String file, String policy, Recorded next, Recorded highest, String where) {
        String version = "its version " + next.version() + " of policy `" + Printable.of(policy) + "` ";
        return next.version().compareTo(highest.version()) == 0
                ? refused(
                        file,
                        version + "is not that of the same number which " + where,
                        "apply a bundle with a higher version, or accept this one with --allow-downgrade")
                : refused(
                        file,
                        version + "is lower than " + highest.version() + ", which " + where,
                        "apply a newer bundle, or accept the lower version with --allow-downgrade");
    }

    /**
     * Refuses an object that was read before, unless its bundle is admitted now.
     *
     * @throws HostException if the bundle is not admitted
     */
    public void checkObject(PolicyObject policy) {
        if (admitsAll()) {
            return;
        }
        String name = "policy " + policy.policy();
        Signed signed = reverify(policy.policy(), policy.digest().orElse(""), policy.bundle(), policy.evidence());
        if (policy.bundle().isEmpty()) {
            checkObject(name);
        }
        if (signed.state() != Signed.State.VALID) {
            throw new HostException(
                    "`" + name + "` is refused: " + signed.detail(), "apply a signed bundle; see ringwall trust list");
        }
        if (!downgrade) {
            recorded(policy).ifPresent(each -> refuseOlder(name, policy.policy(), each));
        }
    }

    private static Optional<Recorded> recorded(PolicyObject policy) {
        return policy.bundle().flatMap(origin -> recorded(policy.policy(), origin, policy.evidence()));
    }

    /** Returns the version of a policy in a bundle, with the digest that its manifest gives. */
    private static Optional<Recorded> recorded(String policy, BundleOrigin origin, Optional<Bytes> kept) {
        return Version.of(origin.version())
                .map(version -> new Recorded(version, kept.flatMap(bundle -> content(policy, origin, bundle))));
    }

    private static Optional<String> content(String policy, BundleOrigin origin, Bytes kept) {
        try {
            Archive archive = Archive.of(ByteBuffer.wrap(kept.toArray()));
            Manifest manifest = Bundle.manifest(archive);
            return manifest.policies().stream()
                    .filter(each -> archive.manifestDigest().equals(origin.digest())
                            && each.name().equals(policy))
                    .map(manifest::contentDigest)
                    .findFirst();
        } catch (BundleException e) {
            return Optional.empty();
        }
    }

    @Override
    public Recording applying(PolicyObject policy, boolean lasting, Locks locks, Supplier<List<Origin>> inForce) {
        Optional<Recorded> version = recorded(policy);
        if (admitsAll() || version.isEmpty()) {
            return Recording.NONE;
        }
        String bundle = policy.bundle().map(BundleOrigin::name).orElse("");
        // An ordinary user can run policies, but only root can write what root relies on.
        if (!isRoot()) {
            refuseUnlessAllowed(bundle, policy.policy(), version.get(), inForce);
            return Recording.NONE;
        }
        VersionChange change = new VersionChange(files.versions(), policy.policy(), version.get(), locks);
        try {
            refuseUnlessAllowed(bundle, policy.policy(), version.get(), inForce);
            return change.begin(lasting, before -> lasting);
        } catch (RuntimeException e) {
            change.close();
            throw e;
        }
    }

    private void refuseUnlessAllowed(String bundle, String policy, Recorded version, Supplier<List<Origin>> inForce) {
        if (downgrade) {
            return;
        }
        refuseOlder(bundle, policy, version);
        for (Origin origin : inForce.get()) {
            Optional<Recorded> other = recorded(policy, origin).filter(each -> each.refuses(version));
            if (other.isPresent()) {
                throw older(bundle, policy, version, other.get(), "is in force");
            }
        }
    }

    /**
     * Records a version that was admitted when it was applied. It lowers only the record of the
     * version that it replaced: a higher one was applied to another instance meanwhile.
     */
    @Override
    public Recording confirming(Confirmed confirmed, Locks locks) {
        Optional<Recorded> version = recorded(confirmed.policy(), confirmed.origin());
        if (admitsAll() || version.isEmpty() || !isRoot()) {
            return Recording.NONE;
        }
        VersionStore versions = files.versions();
        VersionChange change = new VersionChange(versions, confirmed.policy(), version.get(), locks);
        try {
            // A damaged record is an error, and not begun anew.
            versions.read();
            return change.begin(
                    true, before -> isReplaced(before.version(), version.get().version(), confirmed));
        } catch (RuntimeException e) {
            change.close();
            throw e;
        }
    }

    private static boolean isReplaced(Version recorded, Version now, Confirmed confirmed) {
        return confirmed
                        .replaced()
                        .flatMap(Trust::version)
                        .filter(recorded::equals)
                        .isPresent()
                && confirmed.others().get().stream()
                        .flatMap(each -> version(each).stream())
                        .noneMatch(each -> each.compareTo(now) > 0);
    }

    /** Returns the version of a bundle that was admitted by a signature. */
    private static Optional<Recorded> recorded(String policy, Origin origin) {
        return origin.provenance()
                .bundle()
                .filter(bundle -> bundle.key().isPresent())
                .flatMap(bundle -> recorded(policy, bundle, origin.bundle()));
    }

    /** Returns the version of a bundle that was admitted by a signature. */
    private static Optional<Version> version(Provenance origin) {
        return origin.bundle()
                .filter(bundle -> bundle.key().isPresent())
                .flatMap(bundle -> Version.of(bundle.version()));
    }

    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new HostException("cannot read /proc/self: " + IoReason.of(e), "mount /proc");
        }
    }
}
