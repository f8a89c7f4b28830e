// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import land.oras.ContainerRef;
import land.oras.auth.AuthProvider;
import land.oras.auth.AuthScheme;
import land.oras.auth.NoAuthProvider;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that limit the number of requests of one exchange. The client library has no limit of
 * redirects and challenges, but reads the credentials for each request. The first request goes to
 * the registry, and the second may go to the token server that the registry names. Later requests
 * get no credentials, because a host to which the registry redirects could name any token server.
 */
final class RequestLimit implements AuthProvider {
    private static final int WITH_CREDENTIALS = 2;

    private final AuthProvider credentials;
    private final int maxRequests;
    private int requests;

    /**
     * Creates credentials.
     *
     * @param maxRequests the maximum number of requests of one exchange
     */
    RequestLimit(AuthProvider credentials, int maxRequests) {
        this.credentials = credentials;
        this.maxRequests = maxRequests;
    }

    /** An exception for an exchange that has reached its limit. */
    static final class ReachedException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Returns the same limit without credentials. */
    RequestLimit anonymous() {
        return new RequestLimit(new NoAuthProvider(), maxRequests);
    }

    /** Begins an exchange: resets the number of requests. */
    void begin() {
        requests = 0;
    }

    @Override
    public @Nullable String getAuthHeader(ContainerRef registry) {
        if (requests == maxRequests) {
            throw new ReachedException();
        }
        requests++;
        return requests <= WITH_CREDENTIALS ? credentials.getAuthHeader(registry) : null;
    }

    @Override
    public AuthScheme getAuthScheme() {
        return credentials.getAuthScheme();
    }
}
