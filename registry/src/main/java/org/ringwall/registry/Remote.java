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
 * One repository of a registry, by the OCI distribution protocol. The client library
 * authenticates, follows redirects and speaks HTTP. Nothing that the registry sends is trusted:
 * each answer has a limit, and content is compared with its digest.
 */
final class Remote {
    /** The largest manifest that registries must accept, in bytes. */
    private static final int LARGEST_MANIFEST = 4 << 20;

    private static final int LARGEST_ERROR = 1 << 16;

    private static final String ACCEPTED = BundleArtifact.MANIFEST
            + ", application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json,"
            + " application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String BYTES = "application/octet-stream";
    private static final String DIGEST = "docker-content-digest";
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int ACCEPTED_UPLOAD = 202;
    private static final int NOT_FOUND = 404;

    /** The client finds tokens by the name of the repository, and has none for this one. */
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
     * Returns a manifest; nothing if there is none with this name.
     *
     * @throws InputException if it differs from its digest, or cannot be read
     */
    Optional<byte[]> manifest(Reference reference) {
        Answer answer = get(at("manifests", reference.target()), Map.of("Accept", ACCEPTED), LARGEST_MANIFEST);
        if (answer.status == NOT_FOUND) {
            return Optional.empty();
        }
        failures.expect(answer.status, answer.body, "read `" + reference + "`", OK);
        String found = Sha256.of(answer.body);
        String claimed = reference.hasDigest() ? reference.target() : answer.headers.getOrDefault(DIGEST, found);
        if (!claimed.equals(found)) {
            throw failures.lies("the manifest of `" + reference + "`", claimed, found);
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
            throw failures.lies("a blob", blob.digest(), found);
        }
        return answer.body;
    }

    /** Stores a blob, unless the repository has it. */
    void store(byte[] content) {
        String digest = Sha256.of(content);
        URI place = at("blobs", digest);
        ResponseWrapper<String> there = called(() -> client.head(place, Map.of(), scopes, credentials));
        if (there.statusCode() == OK) {
            return;
        }
        failures.expect(there, "look for a blob", NOT_FOUND);
        URI uploads = at("blobs", "uploads/");
        Map<String, String> type = Map.of("Content-Type", BYTES);
        ResponseWrapper<String> begun = called(() -> client.post(uploads, new byte[0], type, scopes, credentials));
        failures.expect(begun, "begin an upload", ACCEPTED_UPLOAD);
        URI location = location(begun.headers().getOrDefault("location", ""), digest);
        // A registry can store blobs at another host, which must learn neither password nor token.
        boolean own = isRegistry(location);
        RequestLimit known = own ? credentials : credentials.anonymous();
        failures.expect(
                called(() -> client.put(location, content, type, own ? scopes : NO_TOKEN, known)),
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
            throw failures.refused("names `" + Shown.text(text) + "` as the place of an upload");
        }
        if (base.getScheme().equals("https") && !"https".equals(upload.getScheme())) {
            throw failures.refused("wants the upload without TLS, at " + Shown.text(upload.toString()));
        }
        return upload;
    }

    /** Stores a manifest, and returns its digest. */
    String store(Reference reference, byte[] manifest) {
        ResponseWrapper<String> stored = called(() -> client.put(
                at("manifests", reference.target()),
                manifest,
                Map.of("Content-Type", BundleArtifact.MANIFEST),
                scopes,
                credentials));
        failures.expect(stored, "store `" + reference + "`", CREATED);
        String digest = Sha256.of(manifest);
        String claimed = stored.headers().getOrDefault(DIGEST, digest);
        if (!claimed.equals(digest)) {
            throw failures.lies("the manifest that it was sent", digest, claimed);
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

    /** Reads at most the given number of bytes, and of an error the beginning. */
    private Answer get(URI uri, Map<String, String> headers, int limit) {
        return called(() -> {
            ResponseWrapper<InputStream> response = client.download(uri, headers, scopes, credentials);
            try (InputStream in = response.response()) {
                boolean good = response.statusCode() == OK;
                byte[] body = in.readNBytes(good ? limit : LARGEST_ERROR);
                if (good && in.read() >= 0) {
                    throw failures.refused("sends more than " + limit + " bytes");
                }
                return new Answer(response.statusCode(), response.headers(), body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private <T> T called(Supplier<T> exchange) {
        credentials.begin();
        return failures.within(exchange);
    }
}
