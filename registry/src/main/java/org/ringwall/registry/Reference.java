// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import land.oras.ContainerRef;
import org.ringwall.compiler.cli.InputException;

/**
 * The name of an artifact: {@code REGISTRY/REPO}, with a tag or a digest.
 *
 * @param registry the host, with a port unless it is that of the scheme
 * @param target the tag, or the digest with its algorithm
 */
record Reference(String registry, String repository, String target) {
    private static final String LATEST = "latest";
    private static final String ALGORITHM = "sha256:";

    /** The grammar of the OCI distribution specification; only SHA-256 is supported. */
    private static final Pattern FORM =
            Pattern.compile("(?<registry>(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?)"
                    + "/(?<repository>[a-z0-9]++(?:(?:[._/]|__|-++)[a-z0-9]++)*+)"
                    + "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(?<digest>sha256:[0-9a-f]{64}))?");

    private static final Pattern LOOPBACK =
            Pattern.compile("(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])(?::[0-9]+)?");

    private static final String FORMS =
            "write REGISTRY/REPO:TAG or REGISTRY/REPO@sha256:DIGEST, with the repository in lower case,"
                    + " as registry.example.org/acme/agents:7";

    /**
     * Parses a name. Without a tag and a digest the tag is {@code latest}.
     *
     * @throws InputException if the text is not such a name
     */
    static Reference parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new InputException(
                    "`" + UntrustedText.line(text) + "` is not the name of an artifact in a registry", FORMS);
        }
        String registry = matcher.group("registry");
        if (registry.matches("[^.:\\[]+") && !registry.equals("localhost")) {
            throw new InputException("`" + text + "` begins with `" + registry + "`, which is not a host name", FORMS);
        }
        String target = Optional.ofNullable(matcher.group("digest"))
                .or(() -> Optional.ofNullable(matcher.group("tag")))
                .orElse(LATEST);
        return new Reference(registry, matcher.group("repository"), target);
    }

    /** Returns the host to connect to, which for docker.io is registry-1.docker.io. */
    String host() {
        return registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    }

    boolean hasDigest() {
        return target.startsWith(ALGORITHM);
    }

    /** Returns whether the name of the registry is {@code localhost} or a loopback address. */
    boolean isLoopback() {
        return isLoopback(registry);
    }

    /** Returns whether a host, with or without a port, is this machine. */
    static boolean isLoopback(String host) {
        return LOOPBACK.matcher(host).matches();
    }

    /** Returns the last part of the repository. */
    String name() {
        return repository.substring(repository.lastIndexOf('/') + 1);
    }

    /** Returns the artifact with another tag or digest in the same repository. */
    Reference with(String other) {
        return new Reference(registry, repository, other);
    }

    /** Returns the image in which cosign stores the signatures of an artifact. */
    Reference signatureImage(String digest) {
        return with(digest.replace(':', '-') + ".sig");
    }

    /** Returns the registry and the repository, without tag and digest. */
    String repositoryName() {
        return registry + "/" + repository;
    }

    /** Returns the repository for the client, which parses names more leniently. */
    ContainerRef container() {
        return ContainerRef.parse("registry.invalid/" + repository).forRegistry(registry);
    }

    @Override
    public String toString() {
        return repositoryName() + (hasDigest() ? "@" : ":") + target;
    }
}
