// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import land.oras.ContainerRef;
import land.oras.auth.HttpClient;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.auth.Scopes;
import org.ringwall.compiler.cli.InputException;

/**
 * A client of one repository of a registry, by the OCI distribution protocol. The client library
 * speaks HTTP, authenticates and follows redirects. Nothing that the registry sends is trusted: the
 * size of each answer is limited, and content is compared with its digest.
 */
final class Remote {
    /** The maximum size of a manifest in bytes: what registries must accept at least. */
    private static final int MAX_MANIFEST_BYTES = 4 << 20;

    private static final int MAX_ERROR_BYTES = 1 << 16;

    private static final String ACCEPTED = BundleArtifact.MANIFEST
            + ", application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json,"
            + " application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String BYTES = "application/octet-stream";
    private static final String DIGEST = "docker-content-digest";
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int ACCEPTED_UPLOAD = 202;
    private static final int NOT_FOUND = 404;

    /** A scope for which the client has no token: it finds tokens by the name of the repository. */
    private static final Scopes NO_TOKEN = Scopes.of(ContainerRef.parse("registry.invalid/uploads"));

    private final Reference repository;
    private final URI base;
    private final HttpClient client;
    private final RequestLimit credentials;
    private final Failures failures;
    private final Scopes scopes;

    /**
     * Creates a repository.
     *
     * @param base the address of the registry
     */
    Remote(Reference repository, URI base, HttpClient client, RequestLimit credentials, Failures failures) {
        this.repository = repository;
        this.base = base;
        this.client = client;
        this.credentials = credentials;
        this.failures = failures;
        this.scopes = Scopes.of(repository.container());
    }

    private URI at(String kind, String name) {
        return base.resolve("/v2/" + repository.repository() + "/" + kind + "/" + name);
    }

    /**
     * Returns a manifest; empty if there is none with this name.
     *
     * @throws InputException if it differs from its digest, or cannot be read
     */
    Optional<byte[]> manifest(Reference reference) {
        Answer answer = get(at("manifests", reference.target()), Map.of("Accept", ACCEPTED), MAX_MANIFEST_BYTES);
        if (answer.status == NOT_FOUND) {
            return Optional.empty();
        }
        failures.expect(answer.status, answer.body, "read `" + reference + "`", OK);
        String found = Sha256.of(answer.body);
        String claimed = reference.hasDigest() ? reference.target() : answer.headers.getOrDefault(DIGEST, found);
        if (!claimed.equals(found)) {
            throw failures.digestMismatch("the manifest of `" + reference + "`", claimed, found);
        }
        return Optional.of(answer.body);
    }

    /**
     * Returns a blob.
     *
     * @throws InputException if it differs from its descriptor, or cannot be read
     */
    byte[] blob(Blob blob) {
        Answer answer = get(at("blobs", blob.digest()), Map.of(), (int) blob.size());
        failures.expect(answer.status, answer.body, "read the blob " + blob.digest(), OK);
        if (answer.body.length < blob.size()) {
            throw failures.refused("ends the blob " + blob.digest() + " after " + answer.body.length + " of "
                    + blob.size() + " bytes");
        }
        String found = Sha256.of(answer.body);
        if (!found.equals(blob.digest())) {
            throw failures.digestMismatch("a blob", blob.digest(), found);
        }
        return answer.body;
    }

    /** Uploads a blob, unless the repository has it. */
    void store(byte[] content) {
        String digest = Sha256.of(content);
        URI place = at("blobs", digest);
        ResponseWrapper<String> there = exchange(() -> client.head(place, Map.of(), scopes, credentials));
        if (there.statusCode() == OK) {
            return;
        }
        failures.expect(there, "look for a blob", NOT_FOUND);
        URI uploads = at("blobs", "uploads/");
        Map<String, String> type = Map.of("Content-Type", BYTES);
        ResponseWrapper<String> begun = exchange(() -> client.post(uploads, new byte[0], type, scopes, credentials));
        failures.expect(begun, "begin an upload", ACCEPTED_UPLOAD);
        URI location = location(begun.headers().getOrDefault("location", ""), digest);
        // A registry can store blobs on another host, which must get neither password nor token.
        boolean own = isRegistry(location);
        RequestLimit known = own ? credentials : credentials.anonymous();
        failures.expect(
                exchange(() -> client.put(location, content, type, own ? scopes : NO_TOKEN, known)),
                "upload a blob",
                CREATED);
    }

    private boolean isRegistry(URI other) {
        return base.getScheme().equals(other.getScheme())
                && base.getRawAuthority().equals(other.getRawAuthority());
    }

    private URI location(String text, String digest) {
        URI upload;
        try {
            upload = base.resolve(text + (text.contains("?") ? "&" : "?") + "digest=" + digest);
        } catch (IllegalArgumentException e) {
            throw failures.refused("sent the invalid upload location `" + UntrustedText.line(text) + "`");
        }
        if (base.getScheme().equals("https") && !"https".equals(upload.getScheme())) {
            throw failures.refused("wants the upload without TLS, at " + UntrustedText.line(upload.toString()));
        }
        return upload;
    }

    /** Uploads a manifest, and returns its digest. */
    String store(Reference reference, byte[] manifest) {
        ResponseWrapper<String> stored = exchange(() -> client.put(
                at("manifests", reference.target()),
                manifest,
                Map.of("Content-Type", BundleArtifact.MANIFEST),
                scopes,
                credentials));
        failures.expect(stored, "store `" + reference + "`", CREATED);
        String digest = Sha256.of(manifest);
        String claimed = stored.headers().getOrDefault(DIGEST, digest);
        if (!claimed.equals(digest)) {
            throw failures.refused(
                    "stored the manifest under the digest " + UntrustedText.line(claimed) + " instead of " + digest);
        }
        return digest;
    }

    private static final class Answer {
        private final int status;
        private final Map<String, String> headers;
        private final byte[] body;

        Answer(int status, Map<String, String> headers, byte[] body) {
            this.status = status;
            this.headers = headers;
            this.body = body;
        }
    }

    /** Sends a GET request. The body of an answer is limited to bytes, that of an error is cut. */
    private Answer get(URI uri, Map<String, String> headers, int limit) {
        return exchange(() -> {
            ResponseWrapper<InputStream> response = client.download(uri, headers, scopes, credentials);
            try (InputStream in = response.response()) {
                boolean good = response.statusCode() == OK;
                byte[] body = in.readNBytes(good ? limit : MAX_ERROR_BYTES);
                if (good && in.read() >= 0) {
                    throw failures.refused("sends more than " + limit + " bytes");
                }
                return new Answer(response.statusCode(), response.headers(), body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private <T> T exchange(Supplier<T> exchange) {
        credentials.begin();
        return failures.within(exchange);
    }
}
